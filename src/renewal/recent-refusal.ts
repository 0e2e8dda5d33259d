import { BffError, type ErrorDetails, type ProblemCode } from '../base/errors.ts'
import { hashClaims } from './api-token.ts'
import type { OpenSession } from '../session/session.ts'

/** Every caller within this is told what the first one was: the provider is asked once. */
const standsMs = 10_000
const maxVerdicts = 8

interface Verdict {
  readonly target: string
  readonly until: number
  readonly code: ProblemCode
  readonly details: Pick<ErrorDetails, 'reason' | 'step'>
}

interface Asked {
  readonly upstream: string | undefined
  readonly claims?: string | undefined
}

/**
 * The sealed column that tells the next callers what the provider refused, beside what it refused
 * for other needs. `now` in milliseconds.
 */
export function verdictColumn(
  session: OpenSession,
  asked: Asked,
  code: ProblemCode,
  details: Verdict['details'],
  now: number,
): Record<string, string> {
  const verdict = { target: targetOf(asked), until: now + standsMs, code, details }
  return sealVerdicts(session, [...othersStanding(session, asked, now), verdict])
}

/**
 * The column once the need was met. What the user has to do for another API stands; a fault is over.
 * `now` in milliseconds.
 */
export function metColumn(session: OpenSession, asked: Asked, now: number): Record<string, string> {
  const others = othersStanding(session, asked, now)
  return sealVerdicts(
    session,
    others.filter(({ code }) => code === 'interaction_required' || code === 'access_denied'),
  )
}

/** What the provider refused a moment ago, for the same need; undefined where it may be asked. */
export function readVerdict(session: OpenSession, asked: Asked, now: number): BffError | undefined {
  const target = targetOf(asked)
  const verdict = standing(session, now).find((known) => known.target === target)
  if (verdict === undefined) return undefined
  return new BffError(verdict.code, 'the provider refused a moment ago', verdict.details)
}

function othersStanding(session: OpenSession, asked: Asked, now: number): Verdict[] {
  const target = targetOf(asked)
  return standing(session, now)
    .filter((verdict) => verdict.target !== target)
    .slice(1 - maxVerdicts)
}

function standing(session: OpenSession, now: number): Verdict[] {
  const text = session.sealer.open('verdict', session.row.sealed['verdict'] ?? '')
  if (text === undefined) return []
  return (JSON.parse(text) as Verdict[]).filter(({ until }) => until > now)
}

function sealVerdicts(session: OpenSession, verdicts: readonly Verdict[]): Record<string, string> {
  const text = JSON.stringify(verdicts)
  return { verdict: verdicts.length === 0 ? '' : session.sealer.seal('verdict', text) }
}

function targetOf(asked: Asked): string {
  return `${asked.upstream ?? ''}|${hashClaims(asked.claims)}`
}
