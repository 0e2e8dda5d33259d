import type { TimerFunction } from './function-table.ts'
import { timerInvocation } from './invocation.ts'
import type { Journal } from './journal.ts'
import type { Running } from './runtime.ts'
import { scheduleTimers, type TimerScheduler } from './timers.ts'

export interface TimerRunner {
  /** Takes over a freshly started app. */
  readonly use: (running: Running, now: () => Date) => void
  readonly latest: () => Running
  readonly runNow: (name: string) => Promise<void>
  readonly clockMoved: () => void
  readonly stop: () => void
}

/** Runs the timer functions of the app that was started last, by schedule or on demand. */
export function timerRunner(scheduled: boolean, journal: Journal): TimerRunner {
  const lastRuns = new Map<string, Date>()
  let started: { running: Running; now: () => Date } | undefined
  let scheduler: TimerScheduler | undefined

  const app = (): { running: Running; now: () => Date } => {
    if (started === undefined) throw new Error('the app has not been started')
    return started
  }
  const run = async (timer: TimerFunction): Promise<void> => {
    const { running, now } = app()
    const time = now()
    const last = lastRuns.get(timer.name)
    lastRuns.set(timer.name, time)
    const next = timer.schedule.next(time)
    const request = timerInvocation(timer, { last, next, now: time })
    const { error } = await running.worker.invoke(request)
    if (error === undefined) return
    journal.failed(timer.name, request.invocationId, error)
    throw new Error(`The timer function "${timer.name}" failed: ${error}`)
  }

  return {
    use: (running, now) => {
      started = { running, now }
      scheduler?.stop()
      if (!scheduled) return
      // A failure is in the log already; the next occurrence tries again.
      const runScheduled = (timer: TimerFunction): void => void run(timer).catch(() => undefined)
      scheduler = scheduleTimers(running.table.timers, now, runScheduled)
    },
    latest: () => app().running,
    runNow: async (name) => {
      const timer = app().running.table.timers.find((candidate) => candidate.name === name)
      if (timer === undefined) throw new Error(`there is no timer function "${name}"`)
      await run(timer)
    },
    clockMoved: () => scheduler?.clockMoved(),
    stop: () => scheduler?.stop(),
  }
}
