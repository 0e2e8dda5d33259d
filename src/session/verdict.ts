import { BffError, type ErrorDetails, type ProblemCode } from '../errors.ts'
import { hashClaims } from './api-token.ts'
import type { OpenSession } from './session.ts'

/** Every caller within this is told what the first one was: the provider is asked once. */
const standsMs = 10_000

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

/** The sealed column that tells the next callers what the provider refused. `now` in milliseconds. */
export function verdictColumn(
  session: OpenSession,
  asked: Asked,
  code: ProblemCode,
  details: Verdict['details'],
  now: number,
): Record<string, string> {
  const verdict: Verdict = { target: targetOf(asked), until: now + standsMs, code, details }
  return { verdict: session.sealer.seal('verdict', JSON.stringify(verdict)) }
}

/** What the provider refused a moment ago, for the same need; undefined where it may be asked. */
export function readVerdict(session: OpenSession, asked: Asked, now: number): BffError | undefined {
  const text = session.sealer.open('verdict', session.row.sealed['verdict'] ?? '')
  if (text === undefined) return undefined
  const verdict = JSON.parse(text) as Verdict
  if (verdict.until <= now || verdict.target !== targetOf(asked)) return undefined
  return new BffError(verdict.code, 'the provider refused a moment ago', verdict.details)
}

function targetOf(asked: Asked): string {
  return `${asked.upstream ?? ''}|${hashClaims(asked.claims)}`
}
