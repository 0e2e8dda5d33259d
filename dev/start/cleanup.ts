export interface Cleanup {
  /** Remembers how to end something; ends it at once where everything else has been ended. */
  add(stop: () => unknown): void
  /** Ends everything, the last thing first. One that fails keeps no other from ending. */
  run(): Promise<void>
}

/** Collects what has to end with the local stack, be it interrupted in the middle of its start. */
export function createCleanup(): Cleanup {
  const steps: (() => unknown)[] = []
  let running: Promise<void> | undefined
  const runAll = async (): Promise<void> => {
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      await Promise.allSettled([Promise.resolve().then(step)])
    }
  }
  return {
    add: (stop) => {
      steps.push(stop)
      if (running !== undefined) running = running.then(runAll)
    },
    run: () => (running ??= runAll()),
  }
}
