import type { Party } from './parties.ts'
import type { VirtualUser } from './virtual-user.ts'

/** What is measured of every party. */
export const operations = ['login', 'full', 'session', 'api', 'refresh'] as const
/** One of them; `empty` and `read` are what the others are compared with, on the functions' worker. */
export type Operation = (typeof operations)[number] | 'empty' | 'read'

/** How many calls an operation makes: login, callback, session, refresh and logout are a full sign-in. */
export const callsOf = (operation: Operation): number => (operation === 'full' ? 5 : 1)

/** Figures of one operation in one round. */
export interface Figures {
  /** Milliseconds of CPU time each, of the whole process. */
  readonly cpuMs: number
  readonly perSecond: number
  readonly count: number
}

interface Usage {
  readonly cpu: { readonly user: number; readonly system: number }
  readonly rss: number
}

/** Lets all users do one thing over and over, for so long or so often, whichever ends first. */
export async function measure(
  operation: Operation,
  party: Party,
  users: readonly VirtualUser[],
  bounds: { readonly ms: number; readonly count: number },
): Promise<Figures> {
  const before = await usageOf(party)
  const startedAt = performance.now()
  let count = 0
  await Promise.all(
    users.map(async (user) => {
      while (count < bounds.count && performance.now() - startedAt < bounds.ms) {
        count++
        await user[operation]()
      }
    }),
  )
  const ms = performance.now() - startedAt
  const after = await usageOf(party)
  const usedMs = (spent(after) - spent(before)) / 1000
  return { cpuMs: usedMs / count, perSecond: (count / ms) * 1000, count }
}

/** What the process of a party has used: microseconds of CPU time, bytes of memory. */
export async function usageOf({ origin }: Party): Promise<Usage> {
  return (await (await fetch(`${origin}/bench/usage`)).json()) as Usage
}

function spent({ cpu }: Usage): number {
  return cpu.user + cpu.system
}
