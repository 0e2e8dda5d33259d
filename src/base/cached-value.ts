/** A value that is loaded when it is needed, one load at a time, and kept while it cannot be had. */
export interface Kept<Value> {
  /** The value, loaded where it is due; rejects only where there is none that may still be used. */
  get(): Promise<Value>
  /** Loads at once, or joins the load that runs; rejects where that fails, the old value stays. */
  reload(): Promise<Value>
  /** What was loaded last, however old. */
  readonly current: Value | undefined
}

/** When a kept value is loaded anew. All in milliseconds. */
export interface KeptOptions<Value> {
  readonly now: () => number
  readonly freshMs: (value: Value) => number
  /** How old a value may be used while loading fails. */
  readonly staleMs: (value: Value) => number
  /** Pause between tries while an old value does. */
  readonly retryMs: number
}

/** Keeps what `load` gives. */
export function keep<Value>(load: () => Promise<Value>, options: KeptOptions<Value>): Kept<Value> {
  let loading: Promise<Value> | undefined
  let kept: { readonly value: Value; readonly loadedAt: number } | undefined
  let dueAt = 0

  const reload = (): Promise<Value> => {
    loading ??= load()
      .then((value) => {
        kept = { value, loadedAt: options.now() }
        dueAt = kept.loadedAt + options.freshMs(value)
        return value
      })
      .finally(() => (loading = undefined))
    return loading
  }

  return {
    async get() {
      if (kept !== undefined && options.now() < dueAt) return kept.value
      try {
        return await reload()
      } catch (error) {
        if (kept === undefined || options.now() >= kept.loadedAt + options.staleMs(kept.value))
          throw error
        dueAt = options.now() + options.retryMs
        return kept.value
      }
    },
    reload,
    get current() {
      return kept?.value
    },
  }
}
