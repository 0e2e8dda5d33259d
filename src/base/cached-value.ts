/** A value that is loaded when it is needed, one load at a time, and cached while it cannot be had. */
export interface CachedValue<Value> {
  /** The value, loaded where it is due; rejects only where there is none that may still be used. */
  get(): Promise<Value>
  /** Loads at once, or joins the load that runs; rejects where that fails, the old value stays. */
  reload(): Promise<Value>
  /** What was loaded last, however old. */
  readonly current: Value | undefined
  /** When that was, in milliseconds since 1970; minus infinity while there is none. */
  readonly loadedAt: number
  /** The fault of the last load and when it failed; undefined once a load has succeeded. */
  readonly failure: { readonly error: unknown; readonly at: number } | undefined
}

/** When a cached value is loaded anew. All in milliseconds. */
export interface CachedValueOptions<Value> {
  readonly now: () => number
  readonly freshMs: (value: Value) => number
  /** How old a value may be used while loading fails. */
  readonly staleMs: (value: Value) => number
  /** Pause between tries while an old value does. */
  readonly retryMs: number
}

/** Keeps what `load` gives. */
export function cacheValue<Value>(
  load: () => Promise<Value>,
  options: CachedValueOptions<Value>,
): CachedValue<Value> {
  let loading: Promise<Value> | undefined
  let cached: { readonly value: Value; readonly loadedAt: number } | undefined
  let failure: CachedValue<Value>['failure']
  let dueAt = 0
  const isTooOld = ({ value, loadedAt }: NonNullable<typeof cached>): boolean =>
    options.now() >= loadedAt + options.staleMs(value)

  const reload = (): Promise<Value> => {
    loading ??= load()
      .then((value) => {
        cached = { value, loadedAt: options.now() }
        dueAt = cached.loadedAt + options.freshMs(value)
        failure = undefined
        return value
      })
      .catch((error: unknown) => {
        failure = { error, at: options.now() }
        throw error
      })
      .finally(() => (loading = undefined))
    return loading
  }

  return {
    async get() {
      if (cached !== undefined && options.now() < dueAt) return cached.value
      try {
        return await reload()
      } catch (error) {
        if (cached === undefined || isTooOld(cached)) throw error
        dueAt = options.now() + options.retryMs
        return cached.value
      }
    },
    reload,
    get current() {
      return cached?.value
    },
    get loadedAt() {
      return cached?.loadedAt ?? Number.NEGATIVE_INFINITY
    },
    get failure() {
      return failure
    },
  }
}
