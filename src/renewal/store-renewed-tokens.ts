import { BffError } from '../base/errors.ts'
import { apiTokenColumn, hashClaims } from './api-token.ts'
import { toSeconds } from '../stores/expiry.ts'
import { type Lease, writeBack } from './lease.ts'
import type { RenewalSuccess, RenewedTokens } from './outcome.ts'
import type { OpenSession } from '../session/session.ts'
import { sessionEnd } from '../session/build-rows.ts'
import type { SessionRow } from '../stores/ports.ts'
import { type RenewalParts, type TokenNeed, claimsFor, logged } from './token-need.ts'
import { idleEnd } from '../session/touch.ts'
import { userFromClaims } from '../session/user.ts'
import { clearedRefusal } from './recent-refusal.ts'

/**
 * Writes new tokens into the session's row and gives the lease back. Throws
 * `identity_provider_error` where they are too large for it: what goes on is the refresh token alone.
 */
export async function storeRenewedTokens(
  lease: Lease,
  need: TokenNeed,
  outcome: RenewalSuccess,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session } = lease
  const { tokens } = outcome
  const now = toSeconds(parts.now())
  const expiresAt = endAfter(session, tokens, now)
  const change: Partial<SessionRow> = {
    expiresAt,
    idleExpiresAt: idleEnd(expiresAt, parts.sessionIdleSeconds, parts.now()),
    generation: session.row.generation + 1,
    retryAt: 0,
    ...(need.upstream === undefined && {
      accessTokenExpiresAt: now + tokens.expiresIn,
      refreshedAt: now,
    }),
    sealed: sealedColumns(session, need, outcome, { now, shownClaims: parts.userClaims }),
  }
  const renewed = await writeBack(lease, change, parts).catch(async (error: unknown) => {
    if (!isTooLarge(error)) throw error
    const { refresh } = change.sealed ?? {}
    await writeBack(lease, { ...change, sealed: refresh === undefined ? {} : { refresh } }, parts)
    throw new BffError('identity_provider_error', 'the tokens are too large for the session')
  })
  parts.write('bff.session.refreshed', logged(session, need))
  return renewed
}

function isTooLarge(error: unknown): boolean {
  return error instanceof BffError && error.details.loginFailure === 'session_too_large'
}

/** A refresh token that is kept ends when it did. Seconds. */
function endAfter({ row, content }: OpenSession, tokens: RenewedTokens, now: number): number {
  return tokens.refreshToken === undefined
    ? row.expiresAt
    : sessionEnd(content.absoluteExpiresAt, now, tokens)
}

function sealedColumns(
  session: OpenSession,
  need: TokenNeed,
  { tokens, claims }: RenewalSuccess,
  { now, shownClaims }: { readonly now: number; readonly shownClaims: readonly string[] },
): Record<string, string> {
  const sealed = clearedRefusal(session, need, now * 1000)
  if (tokens.refreshToken !== undefined)
    sealed['refresh'] = session.sealer.seal('refresh', tokens.refreshToken)
  if (need.upstream === undefined) {
    if (claims === undefined) return sealed
    // The index knows the session by the identity of the sign-in.
    const { id, tenantId } = session.content.user
    const user = { ...userFromClaims(claims, shownClaims), id, tenantId }
    const content = { ...session.content, user }
    return { ...sealed, content: session.sealer.seal('content', JSON.stringify(content)) }
  }
  const token = {
    token: tokens.accessToken,
    scopes: need.scopes.join(' '),
    claims: hashClaims(claimsFor(session, need)),
    replacement: need.replacing === true,
    issuedAt: now,
    expiresAt: now + tokens.expiresIn,
  }
  return { ...sealed, ...apiTokenColumn(session, need.upstream, token) }
}
