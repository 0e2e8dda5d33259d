import { OutgoingError, type OutgoingFetch } from './outgoing-fetch.ts'

/** How many calls of one destination may be under way, and how many more may wait how long. */
export interface CallBounds {
  readonly atOnce: number
  readonly waiting: number
  /** Milliseconds. */
  readonly waitMs: number
}

/**
 * Bounds the calls of one destination, so that a slow one takes nothing from the others. The time-out
 * of a call begins when it has its turn. Rejects with `busy` where too many wait, or one too long.
 */
export function boundCalls(fetch: OutgoingFetch, bounds: CallBounds): OutgoingFetch {
  let underWay = 0
  const queue: (() => void)[] = []

  return async (url, request) => {
    await turn()
    try {
      return await fetch(url, request)
    } finally {
      pass()
    }
  }

  async function turn(): Promise<void> {
    if (underWay < bounds.atOnce) {
      underWay += 1
      return
    }
    if (queue.length >= bounds.waiting) throw new OutgoingError('busy', false)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(begin), 1)
        reject(new OutgoingError('busy', false))
      }, bounds.waitMs)
      const begin = () => {
        clearTimeout(timer)
        resolve()
      }
      queue.push(begin)
    })
  }

  /** Whoever waits longest takes over the place. */
  function pass(): void {
    const next = queue.shift()
    if (next === undefined) underWay -= 1
    else next()
  }
}
