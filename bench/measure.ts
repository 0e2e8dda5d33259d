import type { VirtualUser } from './virtual-user.ts'

/** What is measured. */
export const operations = ['empty', 'read', 'login', 'full', 'session', 'api', 'refresh'] as const
/** One of them. */
export type Operation = (typeof operations)[number]

/** What the functions' process has used: microseconds, bytes. */
export interface Usage {
  readonly cpu: { readonly user: number; readonly system: number }
  readonly rss: number
}

/** Figures of one operation. */
export interface Figures {
  /** Milliseconds of CPU time each, in the functions' process. */
  readonly cpuMs: number
  readonly perSecond: number
  readonly count: number
}

/** Lets all users do one thing over and over, for so long or so often, whichever ends first. */
export async function measure(
  operation: Operation,
  users: readonly VirtualUser[],
  usage: () => Promise<Usage>,
  bounds: { readonly ms: number; readonly count: number },
): Promise<Figures> {
  const before = await usage()
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
  const after = await usage()
  const usedMs = (spent(after) - spent(before)) / 1000
  return { cpuMs: usedMs / count, perSecond: (count / ms) * 1000, count }
}

function spent({ cpu }: Usage): number {
  return cpu.user + cpu.system
}
