/** What happens next in simulated time. */
export interface EventQueue {
  /** Milliseconds since the start. */
  readonly now: () => number
  after(ms: number, action: () => void): void
  /** Runs all events until that time. */
  runUntil(ms: number): void
}

interface Entry {
  readonly at: number
  readonly action: () => void
}

/** A binary heap by time. */
export function createEventQueue(): EventQueue {
  const heap: Entry[] = []
  let now = 0
  const swap = (a: number, b: number) => {
    const kept = heap[a]!
    heap[a] = heap[b]!
    heap[b] = kept
  }
  const push = (entry: Entry) => {
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.at <= heap[at]!.at) return
      swap(parent, at)
      at = parent
    }
  }
  const pop = (): Entry => {
    const top = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) heap[0] = last
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      let least = at
      if (left < heap.length && heap[left]!.at < heap[least]!.at) least = left
      if (right < heap.length && heap[right]!.at < heap[least]!.at) least = right
      if (least === at) return top
      swap(least, at)
      at = least
    }
  }
  return {
    now: () => now,
    after: (ms, action) => push({ at: now + ms, action }),
    runUntil(ms) {
      while (heap.length > 0 && heap[0]!.at <= ms) {
        const { at, action } = pop()
        now = at
        action()
      }
      now = ms
    },
  }
}
