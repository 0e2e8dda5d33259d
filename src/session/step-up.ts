import type { OpenSession } from './session.ts'
import { randomText } from './session-key.ts'

const stepMs = 10 * 60_000
const maxSteps = 8

/** An interaction that the provider or an API asked for, kept here and replayed by login. */
export interface Step {
  /** 22 characters: all that the browser sees of it. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
  /** Name of the API that it is for; empty: the sign-in itself. */
  readonly upstream: string
  /** JSON of the claims to ask for; the browser never sees them. */
  readonly claims?: string
}

/** Adds a step-up to the session's sealed steps and gives its id. `now` in milliseconds. */
export function addStep(
  session: OpenSession,
  need: { readonly upstream: string | undefined },
  claims: string | undefined,
  now: number,
): { readonly step: string; readonly sealed: Record<string, string> } {
  const step: Step = {
    id: randomText(16),
    expiresAt: now + stepMs,
    upstream: need.upstream ?? '',
    ...(claims !== undefined && { claims }),
  }
  const steps = [...readSteps(session, now), step].slice(-maxSteps)
  return { step: step.id, sealed: sealSteps(session, steps) }
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

function readSteps(session: OpenSession, now: number): Step[] {
  const text = session.sealer.open('steps', session.row.sealed['steps'] ?? '')
  if (text === undefined) return []
  return (JSON.parse(text) as Step[]).filter((step) => step.expiresAt > now)
}

function sealSteps(session: OpenSession, steps: readonly Step[]): Record<string, string> {
  return { steps: steps.length === 0 ? '' : session.sealer.seal('steps', JSON.stringify(steps)) }
}
