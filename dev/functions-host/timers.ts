import type { TimerFunction } from './function-table.ts'

export interface TimerScheduler {
  /** Looks again at what is due: the app's clock was moved. */
  clockMoved(): void
  stop(): void
}

/** No timeout of Node is longer than 2^31 ms; waking up early only means looking again. */
const longestWaitMs = 60 * 60_000

/** Runs each timer function whenever its schedule says so, by the app's own clock. */
export function scheduleTimers(
  timers: readonly TimerFunction[],
  now: () => Date,
  run: (timer: TimerFunction) => void,
): TimerScheduler {
  const entries = timers.map((timer) => scheduleTimer(timer, now, run))
  return {
    clockMoved: () => entries.forEach((entry) => entry.clockMoved()),
    stop: () => entries.forEach((entry) => entry.stop()),
  }
}

function scheduleTimer(
  timer: TimerFunction,
  now: () => Date,
  run: (timer: TimerFunction) => void,
): TimerScheduler {
  let due = timer.schedule.next(now())
  let handle: NodeJS.Timeout | undefined
  const check = (): void => {
    if (now() >= due) {
      run(timer)
      due = timer.schedule.next(now())
    }
    arm()
  }
  const arm = (): void => {
    clearTimeout(handle)
    const wait = Math.min(Math.max(due.getTime() - now().getTime(), 0), longestWaitMs)
    handle = setTimeout(check, wait)
  }
  arm()
  return {
    clockMoved: () => {
      const next = timer.schedule.next(now())
      if (next < due) due = next
      arm()
    },
    stop: () => clearTimeout(handle),
  }
}
