import type { ProblemReason } from '../base/errors.ts'
import { toSeconds } from '../stores/expiry.ts'
import { reopen } from '../session/open.ts'
import type { OpenSession } from '../session/session.ts'
import { randomText } from '../keys/session-key.ts'
import type { SessionStore } from '../stores/ports.ts'

const stepMs = 10 * 60_000
const maxSteps = 8
const maxAttempts = 5
/** A sign-in that was just made is not asked for again: the same refusal would follow it. */
const justSignedInSeconds = 60

/** An interaction that the provider or an API asked for, kept here and replayed by login. */
export interface Step {
  /** 22 characters: all that the browser sees of it. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Name of the API that it is for; empty: the sign-in itself. */
  readonly upstream: string
  readonly reason?: ProblemReason
  /** JSON of the claims to ask for; the browser never sees them. */
  readonly claims?: string
  /** Seconds since the last authentication that are accepted. */
  readonly maxAge?: number
}

/** What an interaction has to bring. */
export interface StepDemand {
  /** Name of the API; undefined: the sign-in itself. */
  readonly upstream: string | undefined
  readonly reason: ProblemReason
  readonly claims?: string | undefined
  readonly maxAge?: number | undefined
}

/** What one step-up was made for, as the session that came of it remembers. */
export function stepMark(step: Pick<StepDemand, 'upstream'> & Pick<Step, 'reason'>): string {
  return `${step.upstream ?? ''}|${step.reason ?? ''}`
}

/** Whether the session's sign-in is under a minute old. `now` in milliseconds. */
export function isJustSignedIn({ row }: OpenSession, now: number): boolean {
  return toSeconds(now) - row.createdAt < justSignedInSeconds
}

/**
 * What the user has just gone through for this session, one sign-in after the other: to ask for it
 * again would lead round in a circle. `now` in milliseconds.
 */
export function recentSteps(session: OpenSession, now: number): readonly string[] {
  return isJustSignedIn(session, now) ? (session.content.steppedUp ?? []) : []
}

/**
 * Stores a step-up that an API asks for and gives its id; one that stands for the same is given
 * again. Undefined where the session is gone or its row keeps changing: then a plain login must do.
 */
export async function storeStep(
  session: OpenSession,
  demand: StepDemand,
  parts: { readonly sessions: SessionStore; readonly now: () => number },
): Promise<string | undefined> {
  let current: OpenSession | undefined = session
  for (let attempt = 0; attempt < maxAttempts && current !== undefined; attempt++) {
    const standing = findStep(current, demand, parts.now())
    if (standing !== undefined) return standing.id
    const step = newStep(demand, parts.now())
    const sealed = withStep(current, step, parts.now())
    const result = await parts.sessions.update(current.at, current.version, { sealed })
    if (typeof result !== 'string') return step.id
    current = await reopen(current, parts)
  }
  return undefined
}

/** A step-up with an id of its own. `now` in milliseconds. */
export function newStep(demand: StepDemand, now: number): Step {
  return {
    id: randomText(16),
    expiresAt: now + stepMs,
    upstream: demand.upstream ?? '',
    reason: demand.reason,
    ...(demand.claims !== undefined && { claims: demand.claims }),
    ...(demand.maxAge !== undefined && { maxAge: demand.maxAge }),
  }
}

/** The sealed column with the session's steps and one more. `now` in milliseconds. */
export function withStep(session: OpenSession, step: Step, now: number): Record<string, string> {
  return sealSteps(session, [...readSteps(session, now), step].slice(-maxSteps))
}

/**
 * Finds a step-up of the session by its id and takes it out: it is used once. Undefined where it is
 * unknown, used or old. Throws `storage_unavailable`.
 */
export async function useStep(
  session: OpenSession,
  id: string,
  parts: { readonly sessions: SessionStore; readonly now: () => number },
): Promise<Step | undefined> {
  let current: OpenSession | undefined = session
  for (let attempt = 0; attempt < maxAttempts && current !== undefined; attempt++) {
    const taken = takeStep(current, id, parts.now())
    if (taken === undefined) return undefined
    const { sealed } = taken
    const result = await parts.sessions.update(current.at, current.version, { sealed })
    if (typeof result !== 'string') return taken.step
    current = await reopen(current, parts)
    // The storage SDK repeats a write whose answer was lost: then the row holds this very write.
    if (current?.row.sealed['steps'] === sealed['steps']) return taken.step
  }
  return undefined
}

/** Finds a step-up by its id and gives the sealed column without it: it is used once. */
export function takeStep(
  session: OpenSession,
  id: string,
  now: number,
): { readonly step: Step; readonly sealed: Record<string, string> } | undefined {
  const steps = readSteps(session, now)
  const step = steps.find((candidate) => candidate.id === id)
  if (step === undefined) return undefined
  return {
    step,
    sealed: sealSteps(
      session,
      steps.filter((other) => other !== step),
    ),
  }
}

/** A step-up for the same demand that is valid for another half of its time at least. */
function findStep(session: OpenSession, demand: StepDemand, now: number): Step | undefined {
  return readSteps(session, now + stepMs / 2).find(
    (step) =>
      step.upstream === (demand.upstream ?? '') &&
      step.claims === demand.claims &&
      step.maxAge === demand.maxAge,
  )
}

function readSteps(session: OpenSession, now: number): Step[] {
  const text = session.sealer.open('steps', session.row.sealed['steps'] ?? '')
  if (text === undefined) return []
  return (JSON.parse(text) as Step[]).filter((step) => step.expiresAt > now)
}

/** Sealed even when there is none, so that each write can be told from another's. */
function sealSteps(session: OpenSession, steps: readonly Step[]): Record<string, string> {
  return { steps: session.sealer.seal('steps', JSON.stringify(steps)) }
}
