let offsetMs = 0

/** Sets how far `Date` runs ahead of (or behind) the machine's clock in this process. */
export function setClockOffset(milliseconds: number): void {
  offsetMs = milliseconds
}

/**
 * Replaces the global `Date` by one that `setClockOffset` moves. Only the worker of the local host
 * does so, before it loads the app: the app itself knows nothing of it.
 */
export function installMovableClock(): void {
  const RealDate = globalThis.Date
  const now = (): number => RealDate.now() + offsetMs
  const MovableDate = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget) as Date,
    apply: () => new RealDate(now()).toString(),
    get: (target, property, receiver) =>
      property === 'now' ? now : (Reflect.get(target, property, receiver) as unknown),
  })
  RealDate.prototype.constructor = MovableDate
  globalThis.Date = MovableDate
}
