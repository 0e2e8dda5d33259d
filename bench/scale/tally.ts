/** What came of a scenario, in its second half. */
export interface Outcome {
  /** Journeys that ended well, each second. */
  readonly perSecond: number
  /** Journeys that did not, of those that ended. */
  readonly failedShare: number
  /** Failed requests that met no account in trouble. */
  readonly failedElsewhere: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time used of what the instances have. */
  readonly cpuShare: number
  readonly waitingMost: number
  /** Operations a second. */
  readonly busiestPartition: number
}

/** Counts while a scenario runs. */
export interface Tally {
  request(ms: number, ok: boolean, inTrouble: boolean): void
  journey(ok: boolean): void
  cpu(ms: number): void
  waiting(change: 1 | -1): void
  outcome(cores: number, busiestPartition: number): Outcome
}

/** Counts from `fromMs` to `toMs` of simulated time. */
export function createTally(now: () => number, fromMs: number, toMs: number): Tally {
  const latencies: number[] = []
  const count = { done: 0, failed: 0, elsewhere: 0, cpuMs: 0, waiting: 0, most: 0 }
  const isCounted = () => now() >= fromMs
  return {
    request(ms, ok, inTrouble) {
      if (!isCounted()) return
      latencies.push(ms)
      if (!ok && !inTrouble) count.elsewhere++
    },
    journey(ok) {
      if (!isCounted()) return
      if (ok) count.done++
      else count.failed++
    },
    cpu(ms) {
      if (isCounted()) count.cpuMs += ms
    },
    waiting(change) {
      count.waiting += change
      count.most = Math.max(count.most, count.waiting)
    },
    outcome(cores, busiestPartition) {
      const sorted = Float64Array.from(latencies).toSorted()
      const quantile = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN
      return {
        perSecond: (count.done * 1000) / (toMs - fromMs),
        failedShare: count.failed / Math.max(1, count.done + count.failed),
        failedElsewhere: count.elsewhere,
        p50Ms: quantile(0.5),
        p99Ms: quantile(0.99),
        cpuShare: count.cpuMs / ((toMs - fromMs) * cores),
        waitingMost: count.most,
        busiestPartition,
      }
    },
  }
}
