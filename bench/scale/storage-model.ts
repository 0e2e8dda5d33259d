import type { Figures } from './constants.ts'
import type { EventQueue } from './event-queue.ts'

/** The three tables. */
export type TableName = 'logins' | 'sessions' | 'sessionIndex'

/** What is wrong with an account. */
export type Trouble = 'none' | 'lost' | { readonly perSecond: number }

/** Simulated accounts of Table Storage. */
export interface StorageModel {
  /** One call, repeated as the app does; tells whether it went through. */
  call(account: number, table: TableName, partition: string, done: (ok: boolean) => void): void
  /** Calls that reached each partition, the busiest first. */
  partitions(): readonly (readonly [string, number])[]
  readonly accountCalls: readonly number[]
}

/** A rate that may be exceeded for a tenth of a second. */
function createLimit(perSecond: number) {
  const most = Math.max(1, perSecond / 10)
  let tokens = most
  let at = 0
  return (now: number): boolean => {
    tokens = Math.min(most, tokens + ((now - at) * perSecond) / 1000)
    at = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}

/** Accounts that answer 503 beyond their limits, as the service does, and the client that repeats. */
export function createStorageModel(
  queue: EventQueue,
  random: () => number,
  figures: Figures,
  troubles: readonly Trouble[],
): StorageModel {
  const accounts = troubles.map((trouble) => ({
    trouble,
    limit: createLimit(typeof trouble === 'object' ? trouble.perSecond : figures.accountPerSecond),
    partitions: new Map<string, { limit: (now: number) => boolean; calls: number }>(),
  }))
  const accountCalls = troubles.map(() => 0)
  /** Log-normal, so that some calls take several times the median. */
  const latency = () => figures.storageMs * Math.exp(0.5 * gaussian(random))
  const accepted = (index: number, key: string): boolean => {
    const account = accounts[index]!
    const known = account.partitions.get(key)
    const partition = known ?? { limit: createLimit(figures.partitionPerSecond), calls: 0 }
    if (known === undefined) account.partitions.set(key, partition)
    partition.calls++
    accountCalls[index]!++
    return account.limit(queue.now()) && partition.limit(queue.now())
  }
  const attempt = (
    index: number,
    key: string,
    retries: number,
    endsAt: number,
    done: (ok: boolean) => void,
  ) => {
    const lost = accounts[index]!.trouble === 'lost'
    const ok = !lost && accepted(index, key)
    const ms = lost ? Math.min(figures.tryMs, endsAt - queue.now()) : latency()
    queue.after(ms, () => {
      if (ok) return done(true)
      const wait = random() * figures.backoffMs * 2 ** retries
      if (retries >= figures.maxRetries || queue.now() + wait >= endsAt) return done(false)
      queue.after(wait, () => attempt(index, key, retries + 1, endsAt, done))
    })
  }
  return {
    call: (account, table, partition, done) =>
      attempt(account, `${table} ${partition}`, 0, queue.now() + figures.totalMs, done),
    partitions: () =>
      accounts
        .flatMap(({ partitions }, index) =>
          [...partitions].map(([key, { calls }]) => [`${index} ${key}`, calls] as const),
        )
        .toSorted(([, a], [, b]) => b - a),
    accountCalls,
  }
}

function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
