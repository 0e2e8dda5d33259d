import { forgetOldest } from './rate-limiter.ts'

const quietMs = 60_000
const maxRemembered = 1_000

/** Codes that say the request itself was refused. */
const refusals = [
  'invalid_return_to',
  'invalid_parameter',
  'upstream_path_invalid',
  'csrf_failed',
  'not_a_navigation',
  'unknown_upstream',
  'body_too_large',
  'too_many_requests',
]

/**
 * Decides whether a refusal is worth a line: one a minute for the same code and address, so that a
 * flood of bad requests is no flood of logs. Bounded memory.
 */
export function createRefusalLog(now: () => number): {
  isNew(code: string, address: string | undefined): boolean
} {
  const told = new Map<string, number>()
  return {
    isNew(code, address) {
      if (!refusals.includes(code)) return false
      const key = `${code} ${address ?? ''}`
      const last = told.get(key)
      if (last !== undefined && now() - last < quietMs) return false
      told.delete(key)
      if (told.size >= maxRemembered) forgetOldest(told)
      told.set(key, now())
      return true
    },
  }
}
