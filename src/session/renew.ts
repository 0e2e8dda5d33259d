import { BffError, type ErrorDetails } from '../errors.ts'
import type { WriteEvent } from '../events.ts'
import { apiTokenColumn, hashClaims } from './api-token.ts'
import { withContinuousAccess } from './claims-request.ts'
import { toSeconds } from './expiry.ts'
import {
  type Lease,
  type LeaseParts,
  awaitHolder,
  isLeased,
  takeLease,
  writeBack,
} from './lease.ts'
import type { RenewalOutcome, RequestRenewal } from './renewal-port.ts'
import { type OpenSession, sessionEnd } from './session.ts'
import { addStep } from './step-up.ts'
import type { SessionRow } from './stores.ts'
import { idleEnd } from './touch.ts'
import { userFromClaims } from './user.ts'
import { readVerdict, verdictColumn } from './verdict.ts'

const defaultRetryMs = 5_000

/** Which token is wanted, and what will do. */
export interface TokenNeed {
  /** Name of the API; undefined: the token of the sign-in scopes. */
  readonly upstream: string | undefined
  readonly scopes: readonly string[]
  /** JSON of the API's claims challenge. */
  readonly claims?: string | undefined
  /** Seconds since the last authentication that the API accepts, for a step-up. */
  readonly maxAge?: number | undefined
  /** Whether the API refused the token that the session had. */
  readonly replacing?: boolean
  /** Whether tokens of the API take part in continuous access evaluation. */
  readonly continuousAccess?: boolean
  /** Whether the session already has what is wanted. */
  readonly isMet: (session: OpenSession) => boolean
  /** Whether it has something that may be used while another call renews, or the provider is away. */
  readonly isUsable: (session: OpenSession) => boolean
}

/** What a renewal works with. */
export interface RenewalParts extends LeaseParts {
  readonly requestRenewal: RequestRenewal
  readonly endSession: (session: OpenSession) => Promise<void>
  readonly sessionIdleSeconds: number
  readonly userClaims: readonly string[]
  readonly write: WriteEvent
}

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
  const startedAt = parts.now()
  let current = session
  while (!need.isMet(current)) {
    if (isLeased(current.row, parts.now())) {
      if (need.isUsable(current)) return current
      current = await awaitHolder(current, startedAt, parts)
      continue
    }
    const refusal = standingRefusal(current, need, parts.now())
    if (refusal !== undefined) {
      if (need.isUsable(current) && refusal.code === 'identity_provider_unavailable') return current
      throw refusal
    }
    const lease = await takeLease(current, parts)
    if ('takenAt' in lease) return useRefreshToken(lease, need, parts)
    current = lease
  }
  return current
}

/** What an earlier renewal found out, while it still counts: its callers are told the same. */
function standingRefusal(session: OpenSession, need: TokenNeed, now: number): BffError | undefined {
  if (session.row.retryAt > now)
    return new BffError('identity_provider_unavailable', 'the provider failed a moment ago', {
      retryAfterSeconds: (session.row.retryAt - now) / 1000,
    })
  return readVerdict(session, need, now)
}

async function useRefreshToken(
  lease: Lease,
  need: TokenNeed,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { content, sealer, row } = lease.session
  const refreshToken = sealer.open('refresh', row.sealed['refresh'] ?? '')
  if (refreshToken === undefined) {
    await writeBack(lease, {}, parts)
    throw new BffError('session_expired', 'the session has no refresh token')
  }
  const claims = need.continuousAccess
    ? withContinuousAccess(claimsFor(lease.session, need))
    : claimsFor(lease.session, need)
  const outcome = await requestSafely(lease, parts, {
    refreshToken,
    scopes: need.scopes,
    ...(claims !== undefined && { claims }),
    expected: {
      iss: content.issuer,
      sub: content.subject,
      tid: content.user.tenantId,
      nonce: content.nonce,
    },
  })
  if (outcome.kind === 'refreshed') return keepTokens(lease, need, outcome, parts)
  return refuse(lease, need, outcome, parts)
}

/** What the API asked for just now, else what a step-up was made for. */
function claimsFor({ content }: OpenSession, need: TokenNeed): string | undefined {
  return need.claims ?? (content.upstreamClaims[need.upstream ?? ''] || undefined)
}

/** A fault of this program must not leave the lease standing. */
async function requestSafely(
  lease: Lease,
  parts: RenewalParts,
  request: Parameters<RequestRenewal>[0],
): Promise<RenewalOutcome> {
  try {
    return await parts.requestRenewal(request)
  } catch (error) {
    await writeBack(lease, {}, parts)
    throw error
  }
}

async function keepTokens(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<RenewalOutcome, { kind: 'refreshed' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session } = lease
  const { tokens } = outcome
  const now = toSeconds(parts.now())
  const kept = session.row.sealed['refresh'] === '' ? undefined : 'kept'
  const expiresAt = sessionEnd(session.content.absoluteExpiresAt, now, {
    ...tokens,
    refreshToken: tokens.refreshToken ?? kept,
  })
  const sealed: Record<string, string> = { verdict: '' }
  if (tokens.refreshToken !== undefined)
    sealed['refresh'] = session.sealer.seal('refresh', tokens.refreshToken)
  if (need.upstream !== undefined) {
    const token = {
      token: tokens.accessToken,
      scopes: need.scopes.join(' '),
      claims: hashClaims(claimsFor(session, need)),
      replacement: need.replacing === true,
      issuedAt: now,
      expiresAt: now + tokens.expiresIn,
    }
    Object.assign(sealed, apiTokenColumn(session, need.upstream, token))
  } else if (outcome.claims !== undefined) {
    const user = userFromClaims(outcome.claims, parts.userClaims)
    sealed['content'] = session.sealer.seal('content', JSON.stringify({ ...session.content, user }))
  }
  const change: Partial<SessionRow> = {
    expiresAt,
    idleExpiresAt: idleEnd(expiresAt, parts.sessionIdleSeconds, parts.now()),
    generation: session.row.generation + 1,
    retryAt: 0,
    ...(need.upstream === undefined && {
      accessTokenExpiresAt: now + tokens.expiresIn,
      refreshedAt: now,
    }),
    sealed,
  }
  const renewed = await writeBack(lease, change, parts)
  parts.write('bff.session.refreshed', logged(session, need))
  return renewed
}

/** Everything but new tokens: the session is kept, unless the provider said that it is over. */
async function refuse(
  lease: Lease,
  need: TokenNeed,
  outcome: Exclude<RenewalOutcome, { kind: 'refreshed' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session } = lease
  if (outcome.kind === 'ended') {
    parts.write('bff.session.refresh_failed', {
      ...logged(session, need),
      code: 'session_expired',
      reason: outcome.reason,
      ...outcome.idp,
    })
    return endOrAdopt(lease, parts)
  }
  if (outcome.kind === 'failed' && outcome.code === 'identity_provider_unavailable') {
    const retryMs = (outcome.retryAfterSeconds ?? defaultRetryMs / 1000) * 1000
    const kept = await writeBack(lease, { retryAt: parts.now() + retryMs }, parts)
    return need.isUsable(kept) ? kept : failed(outcome.code, lease, need, outcome, parts)
  }
  if (outcome.kind === 'interaction') {
    const claims = outcome.claims ?? need.claims
    const demand = { upstream: need.upstream, claims, maxAge: need.maxAge }
    const { step, sealed } = addStep(session, demand, parts.now())
    const asked = need.claims !== undefined && outcome.reason === 'step_up'
    const details = { reason: asked ? 'claims' : outcome.reason, step } as const
    const verdict = verdictColumn(session, need, 'interaction_required', details, parts.now())
    await writeBack(lease, { sealed: { ...sealed, ...verdict } }, parts)
    parts.write('bff.session.step_up_required', {
      ...logged(session, need),
      code: 'interaction_required',
      reason: details.reason,
      ...outcome.idp,
    })
    throw new BffError('interaction_required', 'the provider asks for an interaction', details)
  }
  const code = outcome.kind === 'denied' ? 'access_denied' : outcome.code
  await writeBack(
    lease,
    { sealed: verdictColumn(session, need, code, detailsOf(outcome), parts.now()) },
    parts,
  )
  return failed(code, lease, need, outcome, parts)
}

/** Ends the session only while its row still holds the refresh token that was refused. */
async function endOrAdopt(lease: Lease, parts: RenewalParts): Promise<OpenSession> {
  const stored = await parts.sessions.read(lease.session.at)
  if (stored !== undefined && stored.row.generation === lease.session.row.generation)
    await parts.endSession(lease.session)
  else if (stored !== undefined)
    throw new BffError('identity_provider_unavailable', 'another renewal was faster')
  throw new BffError('session_expired', 'the provider ended the session')
}

function failed(
  code: 'access_denied' | Extract<RenewalOutcome, { kind: 'failed' }>['code'],
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<RenewalOutcome, { kind: 'denied' | 'failed' }>,
  parts: RenewalParts,
): never {
  parts.write('bff.session.refresh_failed', {
    ...logged(lease.session, need),
    code,
    ...outcome.idp,
  })
  throw new BffError(code, 'the renewal was refused', detailsOf(outcome))
}

function detailsOf(outcome: Extract<RenewalOutcome, { kind: 'denied' | 'failed' }>): ErrorDetails {
  if (outcome.kind === 'denied')
    return outcome.reason === undefined ? {} : { reason: outcome.reason }
  const { retryAfterSeconds, dependency } = outcome
  return {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(dependency && { dependency }),
  }
}

function logged(session: OpenSession, need: TokenNeed) {
  return {
    session: session.at.hash.slice(0, 8),
    userId: session.content.user.id,
    ...(need.upstream !== undefined && { upstream: need.upstream }),
  }
}
