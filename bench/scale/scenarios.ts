import { type Figures, figures } from './constants.ts'
import { callsOf, fullSignIn, type RequestName } from './requests.ts'
import { type Scenario, simulate } from './simulate.ts'
import type { Outcome } from './tally.ts'

/** CPU-ms of each request, the worker included. */
export type CpuMs = Readonly<Record<RequestName, number>>

/** What so many accounts carry. */
export interface Capacity {
  readonly accounts: number
  readonly signInsPerSecond: number
  readonly apiCallsPerSecond: number
  /** Instances at 70 % of their CPU time. */
  readonly instances: number
  readonly busiestPartition: number
  readonly p99Ms: number
}

/** Something that goes wrong, and its figures. */
export interface Incident {
  readonly name: string
  readonly outcome: Outcome
}

const wantedCpuShare = 0.7
const healthy = 0.001
/** The limits allow bursts: long enough that they do not count. */
const longSeconds = 8

/** The most that goes through with less than one request in a thousand failing, by bisection. */
function mostPerSecond(base: Scenario, limit: number): { perSecond: number; outcome: Outcome } {
  let [low, high] = [0, limit]
  let best = { perSecond: 0, outcome: simulate({ ...base, perSecond: limit * 0.01 }) }
  for (let round = 0; round < 6; round++) {
    const middle = (low + high) / 2
    const outcome = simulate({ ...base, perSecond: middle })
    if (outcome.failedShare < healthy) {
      best = { perSecond: middle, outcome }
      low = middle
    } else high = middle
  }
  return best
}

function instancesFor(perSecond: number, journey: readonly RequestName[], cpuMs: CpuMs): number {
  const ms = journey.reduce((sum, name) => sum + cpuMs[name], 0)
  return Math.max(1, Math.ceil((perSecond * ms) / 1000 / wantedCpuShare))
}

/** Capacity by accounts: one is looked for, the others are checked to be as many times as much. */
export function capacities(cpuMs: CpuMs, change: Partial<Figures> = {}): Capacity[] {
  const model = figures(change)
  const limit = (model.accountPerSecond / callsOf(fullSignIn)) * 1.2
  const scenario = (accounts: number, journey: readonly RequestName[], perSecond: number) => ({
    figures: model,
    instances: instancesFor(perSecond, journey, cpuMs),
    accounts: Array.from({ length: accounts }, () => 'none' as const),
    perSecond,
    journey,
    cpuMs,
    seconds: longSeconds,
  })
  const signIn = mostPerSecond(scenario(1, fullSignIn, limit), limit)
  const api = mostPerSecond(
    scenario(1, ['api'], model.accountPerSecond),
    model.accountPerSecond * 1.2,
  )
  return [1, 2, 4, 8, 16].map((accounts) => {
    const perSecond = signIn.perSecond * accounts
    const outcome =
      accounts === 1
        ? signIn.outcome
        : simulate({
            ...scenario(accounts, fullSignIn, perSecond),
            seconds: accounts > 4 ? 3 : longSeconds,
          })
    return {
      accounts,
      signInsPerSecond: outcome.perSecond,
      apiCallsPerSecond: api.perSecond * accounts,
      instances: instancesFor(perSecond, fullSignIn, cpuMs),
      busiestPartition: outcome.busiestPartition,
      p99Ms: outcome.p99Ms,
    }
  })
}

/** What goes wrong at half of the load that four accounts carry. */
export function incidents(cpuMs: CpuMs): Incident[] {
  const perSecond = 2_000
  const base: Scenario = {
    figures: figures(),
    instances: instancesFor(perSecond, fullSignIn, cpuMs),
    accounts: ['none', 'none', 'none', 'none'],
    perSecond,
    journey: fullSignIn,
    cpuMs,
    seconds: 16,
  }
  const api = { ...base, journey: ['api'] as const, perSecond: 10_000, seconds: 6 }
  const run = (name: string, scenario: Scenario): Incident => ({
    name,
    outcome: simulate(scenario),
  })
  return [
    run('none', base),
    run('an account throttled to 1,000/s', {
      ...base,
      accounts: [{ perSecond: 1_000 }, 'none', 'none', 'none'],
    }),
    run('an account that does not answer', { ...base, accounts: ['lost', 'none', 'none', 'none'] }),
    run('half of the instances', { ...base, instances: Math.ceil(base.instances / 2) }),
    run('10,000 API calls/s, sessions of one hour', {
      ...api,
      instances: instancesFor(10_000, ['api'], cpuMs),
    }),
    run('the same, 30 % of them of one session', {
      ...api,
      instances: instancesFor(10_000, ['api'], cpuMs),
      hotShare: 0.3,
    }),
  ]
}
