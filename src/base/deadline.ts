/**
 * Gives what `work` gives, or what `late` gives (it may throw) where that takes longer than `ms`
 * milliseconds; `signal` tells the work to stop then. The clock is one that never jumps.
 */
export async function withDeadline<Result, Late>(
  ms: number,
  work: (signal: AbortSignal) => Promise<Result>,
  late: () => Late,
): Promise<Result | Late> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<Late>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(late())
      } catch (error) {
        reject(error)
      }
      controller.abort()
    }, ms)
  })
  try {
    return await Promise.race([work(controller.signal), timeUp])
  } finally {
    clearTimeout(timer)
  }
}

/** For `withDeadline`: an error that reads like a connection's time-out. */
export function throwTimedOut(): never {
  throw Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}
