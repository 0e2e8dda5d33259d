import { BffError, type ErrorDetails } from '../base/errors.ts'
import type { OpenSession } from '../session/session.ts'
import type { UnsuccessfulRenewal } from './outcome.ts'
import { logged, type RenewalParts, type TokenNeed } from './token-need.ts'

/** A renewal that was refused or failed, and the session goes on. */
type Refused = Extract<UnsuccessfulRenewal, { kind: 'denied' | 'failed' }>

/** Writes the line of a refused renewal, then throws what the caller is told. */
export function tell(
  session: OpenSession,
  need: TokenNeed,
  outcome: Refused,
  parts: RenewalParts,
): never {
  report(session, need, outcome, parts)
  throw new BffError(codeOf(outcome), 'the renewal was refused', detailsOf(outcome))
}

/** Writes the line of a refused renewal; the caller may have a token that is still valid. */
export function report(
  session: OpenSession,
  need: TokenNeed,
  outcome: Refused,
  parts: RenewalParts,
): void {
  const members = { ...logged(session, need), code: codeOf(outcome), ...outcome.idp }
  parts.write('bff.session.refresh_failed', members)
}

function codeOf(outcome: Refused) {
  return outcome.kind === 'denied' ? 'access_denied' : outcome.code
}

function detailsOf(outcome: Refused): ErrorDetails {
  if (outcome.kind === 'denied')
    return outcome.reason === undefined ? {} : { reason: outcome.reason }
  const { retryAfterSeconds, dependency } = outcome
  return {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(dependency && { dependency }),
  }
}
