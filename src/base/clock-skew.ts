/**
 * How far the clock of a server is ahead of ours (below 0: behind), by the `Date` header of its answer
 * (RFC 9110 §6.6.1), in whole seconds; undefined where it sends none. `now` in milliseconds.
 */
export function skewSeconds(date: string | null | undefined, now: number): number | undefined {
  const time = Date.parse(date ?? '')
  return Number.isNaN(time) ? undefined : Math.round((time - now) / 1000)
}
