import { retryAfterMs } from '../base/retry-after.ts'

const defaultSeconds = 5
const maximumSeconds = 120

/**
 * Whole seconds to wait for the provider: what its `Retry-After` says, but 1 to 120; 5 where it does
 * not say. `now` in milliseconds.
 */
export function retryAfterSeconds(header: string | null, now: number): number {
  const ms = retryAfterMs(header, now) ?? defaultSeconds * 1000
  return Math.min(Math.max(Math.ceil(ms / 1000), 1), maximumSeconds)
}
