import { BffError } from '../base/errors.ts'
import type { IdpDiagnostics } from '../base/events.ts'
import { withContinuousAccess } from './claims-request.ts'
import { storeRenewedTokens } from './store-renewed-tokens.ts'
import { type Lease, awaitHolder, isLeased, takeLease, writeBack } from './lease.ts'
import { settleFailedRenewal } from './settle-failed-renewal.ts'
import type { RenewalOutcome, RenewalRequest, UnsuccessfulRenewal } from './outcome.ts'
import { isJustSignedIn } from './step-up.ts'
import type { OpenSession } from '../session/session.ts'
import { type RenewalParts, type TokenNeed, claimsFor } from './token-need.ts'
import { readRecentRefusal } from './recent-refusal.ts'

/** Within the 20 s in which the write-back has to succeed too. */
const renewalMs = 18_000

/**
 * Gives the session with a token that meets the need: single flight per session, across instances,
 * by a lease on its row. One caller asks the provider; the others wait for its result, or use the
 * token that is still valid. Throws `session_expired`, `interaction_required`, `access_denied` and
 * the 502 and 503 of the provider, vault and storage; only `session_expired` has ended a session.
 */
export async function renew(
  session: OpenSession,
  need: TokenNeed,
  parts: RenewalParts,
): Promise<OpenSession> {
  let waitingSince = parts.now()
  let current = session
  while (!need.isMet(current)) {
    if (isLeased(current.row, parts.now())) {
      if (need.isUsable(current)) return current
      const { generation, leaseId } = current.row
      current = await awaitHolder(current, waitingSince, parts)
      // Renewals for other APIs come first, and the provider is well: this one has its turn soon.
      const { row } = current
      if (row.generation !== generation || row.leaseId !== leaseId) waitingSince = parts.now()
      continue
    }
    const refusal = standingRefusal(current, need, parts.now())
    if (refusal !== undefined) {
      if (need.isUsable(current) && isFault(refusal)) return current
      throw refusal
    }
    const lease = await takeLease(current, parts)
    if ('takenAt' in lease) return announced(lease, useRefreshToken(lease, need, parts), parts)
    current = lease
  }
  return current
}

/** Of the refusals that stand, these say nothing of the user: a valid token may be used. */
function isFault({ code }: BffError): boolean {
  return code !== 'access_denied' && code !== 'interaction_required'
}

/** What an earlier renewal found out, while it still counts: its callers are told the same. */
function standingRefusal(session: OpenSession, need: TokenNeed, now: number): BffError | undefined {
  if (session.row.retryAt > now)
    return new BffError('identity_provider_unavailable', 'the provider failed a moment ago', {
      retryAfterSeconds: (session.row.retryAt - now) / 1000,
    })
  return readRecentRefusal(session, need, now)
}

/** Tells the callers of this instance when the renewal is over, well or not. */
async function announced(
  { session }: Lease,
  renewal: Promise<OpenSession>,
  { underWay }: RenewalParts,
): Promise<OpenSession> {
  const { hash } = session.at
  const over = renewal.then(
    () => undefined,
    () => undefined,
  )
  underWay?.set(hash, over)
  try {
    return await renewal
  } finally {
    if (underWay?.get(hash) === over) underWay.delete(hash)
  }
}

async function useRefreshToken(
  lease: Lease,
  need: TokenNeed,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { sealer, row } = lease.session
  const refreshToken = sealer.open('refresh', row.sealed['refresh'] ?? '')
  if (refreshToken === undefined) return tellOfNoRefreshToken(lease, parts)
  const asked = claimsFor(lease.session, need)
  const claims = need.continuousAccess ? withContinuousAccess(asked) : asked
  const forApi = need.upstream !== undefined
  const request = { refreshToken, scopes: need.scopes, forApi, ...(claims && { claims }) }
  const outcome = await requestSafely(lease, parts, request)
  if (outcome.kind === 'refreshed') return storeRenewedTokens(lease, need, outcome, parts)
  const settled =
    outcome.kind === 'doubtful'
      ? await proveGrant(lease, { ...outcome, refreshToken }, parts)
      : outcome
  return settleFailedRenewal(lease, need, settled, parts)
}

/**
 * Not "expired": the session goes on, and a plain sign-in may bring a token. One that was made just
 * now did not, and another one would not either.
 */
async function tellOfNoRefreshToken(lease: Lease, parts: RenewalParts): Promise<never> {
  await writeBack(lease, {}, parts)
  const code = isJustSignedIn(lease.session, parts.now()) ? 'access_denied' : 'interaction_required'
  throw new BffError(code, 'the session has no refresh token', { reason: 'consent' })
}

/**
 * The provider refused the grant for an API. Whether that is all, a refresh for the sign-in scopes
 * tells: the session ends only where that is refused as dead too.
 */
async function proveGrant(
  lease: Lease,
  refused: { readonly idp: IdpDiagnostics; readonly refreshToken: string },
  parts: RenewalParts,
): Promise<Exclude<UnsuccessfulRenewal, { kind: 'doubtful' }>> {
  const { idp, refreshToken } = refused
  const request = { refreshToken, scopes: parts.signInScopes, forApi: false }
  const outcome = await requestSafely(lease, parts, request)
  if (outcome.kind === 'ended' || outcome.kind === 'failed') return outcome
  const rotated = outcome.kind === 'refreshed' ? outcome.tokens.refreshToken : undefined
  return { kind: 'denied', idp, ...(rotated !== undefined && { refreshToken: rotated }) }
}

/** A fault of this program must not leave the lease standing. */
async function requestSafely(
  lease: Lease,
  parts: RenewalParts,
  request: Omit<RenewalRequest, 'timeoutMs' | 'expected'>,
): Promise<RenewalOutcome> {
  const { content } = lease.session
  const expected = {
    iss: content.issuer,
    sub: content.subject,
    tid: content.user.tenantId,
    nonce: content.nonce,
  }
  const timeoutMs = lease.takenAt + renewalMs - parts.now()
  try {
    return await parts.requestRenewal({ ...request, timeoutMs, expected })
  } catch (error) {
    await writeBack(lease, {}, parts)
    throw error
  }
}
