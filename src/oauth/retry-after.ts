const defaultSeconds = 5
const maximumSeconds = 120

/**
 * Whole seconds to wait (RFC 9110 §10.2.3: seconds or a date), at most 120; 5 where the provider
 * does not say. `now` in milliseconds.
 */
export function retryAfterSeconds(header: string | null, now: number): number {
  const text = header?.trim() ?? ''
  const date = text.endsWith(' GMT') ? Date.parse(text) : NaN
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : (date - now) / 1000
  if (Number.isNaN(seconds)) return defaultSeconds
  return Math.ceil(Math.min(Math.max(seconds, 1), maximumSeconds))
}
