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

/**
 * How long a `Retry-After` header asks to wait, in milliseconds, never negative (RFC 9110 §10.2.3:
 * seconds or a date); undefined where it says nothing that can be read. `now` in milliseconds.
 */
export function retryAfterMs(header: string | null | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,10}$/.test(text)) return Number(text) * 1000
  const date = text.endsWith(' GMT') ? Date.parse(text) : NaN
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
