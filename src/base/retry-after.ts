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
