import { BffError, type ProblemReason } from '../base/errors.ts'
import { writeDependencyFailure } from '../base/events.ts'
import { awaitResult, type Lease, writeBack } from './lease.ts'
import { reopen } from '../session/open.ts'
import type { UnsuccessfulRenewal } from './outcome.ts'
import type { OpenSession } from '../session/session.ts'
import { isJustSignedIn, newStep, recentSteps, stepMark, withStep } from './step-up.ts'
import type { SessionRow } from '../stores/ports.ts'
import { type RenewalParts, type TokenNeed, logged } from './token-need.ts'
import { refusalColumn } from './recent-refusal.ts'
import { report, tell } from './tell-refusal.ts'

const defaultRetryMs = 5_000

type Interaction = Extract<UnsuccessfulRenewal, { kind: 'interaction' }>

/**
 * Everything but new tokens: the session is kept, unless the provider said that it is over. Gives
 * the lease back and throws what the caller is told; while the provider is away the token
 * that the session has is used as long as it is valid.
 */
export async function settleFailedRenewal(
  lease: Lease,
  need: TokenNeed,
  outcome: Exclude<UnsuccessfulRenewal, { kind: 'doubtful' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  switch (outcome.kind) {
    case 'ended':
      return end(lease, need, outcome, parts)
    case 'interaction':
      return isCircle(lease, need, outcome, parts)
        ? keepRefusal(lease, need, { ...outcome, kind: 'denied' }, parts)
        : askForStep(lease, need, outcome, parts)
    case 'denied':
      return keepRefusal(lease, need, outcome, parts)
    default:
      return waitOut(lease, need, outcome, parts)
  }
}

/** Whether the user comes from just that step: a client that follows `loginUrl` would go on for ever. */
function isCircle(
  { session }: Lease,
  need: TokenNeed,
  outcome: Interaction,
  parts: RenewalParts,
): boolean {
  const reason = reasonOf(need, outcome)
  return recentSteps(session, parts.now()).includes(stepMark({ upstream: need.upstream, reason }))
}

/** What the provider asks for in answer to an API's claims is the API's wish. */
function reasonOf(need: TokenNeed, { reason }: Interaction): ProblemReason {
  return need.claims !== undefined && reason === 'step_up' ? 'claims' : reason
}

/**
 * Ends the session only while its row still holds the refresh token that was refused, and this lease
 * on it. Else another call has renewed it, or is about to, and its result counts.
 */
async function end(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<UnsuccessfulRenewal, { kind: 'ended' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session, id } = lease
  parts.write('bff.session.refresh_failed', {
    ...logged(session, need),
    code: 'session_expired',
    reason: outcome.reason,
    ...outcome.idp,
  })
  const current = lease.takenOver ? await awaitResult(session, parts) : await reopen(session, parts)
  if (current !== undefined) {
    const isRenewed = current.row.generation !== session.row.generation
    if (isRenewed && current.row.leaseId === id) await writeBack(lease, {}, parts)
    if (need.isMet(current)) return current
    if (isRenewed || current.row.leaseId !== id)
      throw new BffError('identity_provider_unavailable', 'another renewal is under way')
    await parts.endSession(session)
  }
  // Right after a sign-in another one would end the same way: 403 leads no client to it.
  const code =
    need.upstream !== undefined && isJustSignedIn(session, parts.now())
      ? 'access_denied'
      : 'session_expired'
  throw new BffError(code, 'the provider ended the session')
}

async function askForStep(
  lease: Lease,
  need: TokenNeed,
  outcome: Interaction,
  parts: RenewalParts,
): Promise<never> {
  const { session } = lease
  const claims = outcome.claims ?? need.claims
  const reason = reasonOf(need, outcome)
  const step = newStep(
    { upstream: need.upstream, reason, claims, maxAge: need.maxAge },
    parts.now(),
  )
  const details = { reason, step: step.id }
  const refusal = refusalColumn(session, need, 'interaction_required', details, parts.now())
  // Added to the steps as they are at each try: another call may have stored or used one meanwhile.
  const change = (current: OpenSession) => ({
    sealed: { ...withStep(current, step, parts.now()), ...refusal },
  })
  await writeBack(lease, change, parts)
  parts.write('bff.session.step_up_required', {
    ...logged(session, need),
    code: 'interaction_required',
    reason: details.reason,
    ...outcome.idp,
  })
  throw new BffError('interaction_required', 'the provider asks for an interaction', details)
}

/**
 * A fault of provider, vault or configuration: told to the next callers for a while. Meanwhile the
 * token that the session has is used as long as it is valid.
 */
async function waitOut(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<UnsuccessfulRenewal, { kind: 'failed' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session } = lease
  const { skewSeconds } = outcome
  if (skewSeconds !== undefined)
    parts.write('bff.clock.skewed', { dependency: 'identity_provider', skewSeconds })
  const retryMs = (outcome.retryAfterSeconds ?? defaultRetryMs / 1000) * 1000
  const standing =
    outcome.code === 'identity_provider_unavailable'
      ? { retryAt: parts.now() + retryMs }
      : { sealed: refusalColumn(session, need, outcome.code, {}, parts.now()) }
  const kept = await writeBack(lease, withRotated(session, standing, outcome.refreshToken), parts)
  if (!need.isUsable(kept)) return tell(session, need, outcome, parts)
  report(session, need, outcome, parts)
  if (outcome.dependency !== undefined)
    writeDependencyFailure(parts.write, outcome.code, outcome.dependency)
  return kept
}

function withRotated(
  { row, sealer }: OpenSession,
  change: Partial<SessionRow>,
  refreshToken: string | undefined,
): Partial<SessionRow> {
  if (refreshToken === undefined) return change
  const sealed = { ...change.sealed, refresh: sealer.seal('refresh', refreshToken) }
  return { ...change, generation: row.generation + 1, sealed }
}

async function keepRefusal(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<UnsuccessfulRenewal, { kind: 'denied' }>,
  parts: RenewalParts,
): Promise<never> {
  const { session } = lease
  const details = outcome.reason === undefined ? {} : { reason: outcome.reason }
  const refusal = refusalColumn(session, need, 'access_denied', details, parts.now())
  await writeBack(lease, withRotated(session, { sealed: refusal }, outcome.refreshToken), parts)
  return tell(session, need, outcome, parts)
}
