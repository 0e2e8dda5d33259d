import { BffError } from '../base/errors.ts'

const windowMs = 60_000
const maxAddresses = 10_000

/** What is counted apart. */
export type LimitedEndpoint = 'login' | 'callback' | 'refresh' | 'frontchannel' | 'forged-session'

/** Counts calls per client address, in this instance, in bounded memory. */
export interface RateLimiter {
  /** Throws `too_many_requests` with the seconds until the next call passes. */
  count(endpoint: LimitedEndpoint, address: string | undefined): void
}

/** A limiter of `perMinute` calls for each endpoint and address; 0 turns it off. */
export function createRateLimiter(perMinute: number, now: () => number): RateLimiter {
  const windows = new Map<string, { startedAt: number; count: number }>()
  return {
    count(endpoint, address) {
      if (perMinute === 0 || address === undefined) return
      const key = `${endpoint} ${address}`
      const window = windows.get(key)
      const time = now()
      if (window === undefined || time - window.startedAt >= windowMs) {
        windows.delete(key)
        if (windows.size >= maxAddresses) forgetOldest(windows)
        windows.set(key, { startedAt: time, count: 1 })
        return
      }
      window.count += 1
      if (window.count > perMinute)
        throw new BffError('too_many_requests', 'too many calls from this address', {
          retryAfterSeconds: (window.startedAt + windowMs - time) / 1000,
        })
    },
  }
}

/** Takes the entry out of a Map that was put in first, so that memory stays bounded. */
export function forgetOldest(windows: Map<string, unknown>): void {
  const [oldest] = windows.keys()
  if (oldest !== undefined) windows.delete(oldest)
}
