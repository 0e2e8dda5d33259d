import { BffError, type ErrorDetails } from '../errors.ts'
import { type Lease, writeBack } from './lease.ts'
import { reopen } from './open-session.ts'
import type { RenewalOutcome } from './renewal-port.ts'
import type { OpenSession } from './session.ts'
import { addStep } from './step-up.ts'
import { type RenewalParts, type TokenNeed, logged } from './token-need.ts'
import { verdictColumn } from './verdict.ts'

const defaultRetryMs = 5_000

type Refusal = Exclude<RenewalOutcome, { kind: 'refreshed' }>

/**
 * Everything but new tokens: the session is kept, unless the provider said that it is over. Gives
 * the lease back and throws what the caller is told; while the provider is away a token that is
 * still valid will do.
 */
export async function refuseRenewal(
  lease: Lease,
  need: TokenNeed,
  outcome: Refusal,
  parts: RenewalParts,
): Promise<OpenSession> {
  switch (outcome.kind) {
    case 'ended':
      return end(lease, need, outcome, parts)
    case 'interaction':
      return askForStep(lease, need, outcome, parts)
    default:
      return outcome.kind === 'failed' && outcome.code === 'identity_provider_unavailable'
        ? waitForProvider(lease, need, outcome, parts)
        : keepVerdict(lease, need, outcome, parts)
  }
}

/**
 * Ends the session only while its row still holds the refresh token that was refused, and this lease
 * on it. Else another call has renewed it, or is about to, and its result counts.
 */
async function end(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<Refusal, { kind: 'ended' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const { session, id } = lease
  parts.write('bff.session.refresh_failed', {
    ...logged(session, need),
    code: 'session_expired',
    reason: outcome.reason,
    ...outcome.idp,
  })
  const current = await reopen(session, parts)
  if (current !== undefined) {
    if (need.isMet(current)) return current
    if (current.row.generation !== session.row.generation || current.row.leaseId !== id)
      throw new BffError('identity_provider_unavailable', 'another renewal is under way')
    await parts.endSession(session)
  }
  throw new BffError('session_expired', 'the provider ended the session')
}

async function askForStep(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<Refusal, { kind: 'interaction' }>,
  parts: RenewalParts,
): Promise<never> {
  const { session } = lease
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

async function waitForProvider(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<Refusal, { kind: 'failed' }>,
  parts: RenewalParts,
): Promise<OpenSession> {
  const retryMs = (outcome.retryAfterSeconds ?? defaultRetryMs / 1000) * 1000
  const kept = await writeBack(lease, { retryAt: parts.now() + retryMs }, parts)
  return need.isUsable(kept) ? kept : tell(lease, need, outcome, parts)
}

async function keepVerdict(
  lease: Lease,
  need: TokenNeed,
  outcome: Extract<Refusal, { kind: 'denied' | 'failed' }>,
  parts: RenewalParts,
): Promise<never> {
  const details = detailsOf(outcome)
  const verdict = verdictColumn(lease.session, need, codeOf(outcome), details, parts.now())
  await writeBack(lease, { sealed: verdict }, parts)
  return tell(lease, need, outcome, parts)
}

function tell(
  { session }: Lease,
  need: TokenNeed,
  outcome: Extract<Refusal, { kind: 'denied' | 'failed' }>,
  parts: RenewalParts,
): never {
  const code = codeOf(outcome)
  parts.write('bff.session.refresh_failed', { ...logged(session, need), code, ...outcome.idp })
  throw new BffError(code, 'the renewal was refused', detailsOf(outcome))
}

function codeOf(outcome: Extract<Refusal, { kind: 'denied' | 'failed' }>) {
  return outcome.kind === 'denied' ? 'access_denied' : outcome.code
}

function detailsOf(outcome: Extract<Refusal, { kind: 'denied' | 'failed' }>): ErrorDetails {
  if (outcome.kind === 'denied')
    return outcome.reason === undefined ? {} : { reason: outcome.reason }
  const { retryAfterSeconds, dependency } = outcome
  return {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(dependency && { dependency }),
  }
}
