import { forgetOldest } from './rate-limiter.ts'

const quietMs = 60_000
const maxRemembered = 1_000

/**
 * Decides whether a line is worth writing: one a minute for the same matter and address, so that a
 * flood of bad requests is no flood of logs. Bounded memory.
 */
export function createFirstInMinute(
  now: () => number,
): (what: string, address: string | undefined) => boolean {
  const told = new Map<string, number>()
  return (what, address) => {
    const key = `${what} ${address ?? ''}`
    const last = told.get(key)
    if (last !== undefined && now() - last < quietMs) return false
    told.delete(key)
    if (told.size >= maxRemembered) forgetOldest(told)
    told.set(key, now())
    return true
  }
}
