import { BffError, type ErrorDetails, type ProblemCode } from '../base/errors.ts'
import { hashClaims } from './api-token.ts'
import type { OpenSession } from '../session/session.ts'

/** Every caller within this is told what the first one was: the provider is asked once. */
const standsMs = 10_000
const maxRefusals = 8

interface RecentRefusal {
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
export function refusalColumn(
  session: OpenSession,
  asked: Asked,
  code: ProblemCode,
  details: RecentRefusal['details'],
  now: number,
): Record<string, string> {
  const refusal = { target: targetOf(asked), until: now + standsMs, code, details }
  return sealRefusals(session, [...othersStanding(session, asked, now), refusal])
}

/**
 * The column once the need was met. What the user has to do for another API stands; a fault is over.
 * `now` in milliseconds.
 */
export function clearedRefusal(
  session: OpenSession,
  asked: Asked,
  now: number,
): Record<string, string> {
  const others = othersStanding(session, asked, now)
  return sealRefusals(
    session,
    others.filter(({ code }) => code === 'interaction_required' || code === 'access_denied'),
  )
}

/** What the provider refused a moment ago, for the same need; undefined where it may be asked. */
export function readRecentRefusal(
  session: OpenSession,
  asked: Asked,
  now: number,
): BffError | undefined {
  const target = targetOf(asked)
  const refusal = standing(session, now).find((known) => known.target === target)
  if (refusal === undefined) return undefined
  return new BffError(refusal.code, 'the provider refused a moment ago', refusal.details)
}

function othersStanding(session: OpenSession, asked: Asked, now: number): RecentRefusal[] {
  const target = targetOf(asked)
  return standing(session, now)
    .filter((refusal) => refusal.target !== target)
    .slice(1 - maxRefusals)
}

function standing(session: OpenSession, now: number): RecentRefusal[] {
  const text = session.sealer.open('refusal', session.row.sealed['refusal'] ?? '')
  if (text === undefined) return []
  return (JSON.parse(text) as RecentRefusal[]).filter(({ until }) => until > now)
}

function sealRefusals(
  session: OpenSession,
  refusals: readonly RecentRefusal[],
): Record<string, string> {
  const text = JSON.stringify(refusals)
  return { refusal: refusals.length === 0 ? '' : session.sealer.seal('refusal', text) }
}

function targetOf(asked: Asked): string {
  return `${asked.upstream ?? ''}|${hashClaims(asked.claims)}`
}
