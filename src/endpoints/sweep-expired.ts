import type { App } from '../app/app.ts'
import { logFailure, toBffError } from '../app/log-failure.ts'
import type { WriteEvent } from '../base/events.ts'

const budgetMs = 3 * 60_000
const dayMs = 24 * 60 * 60_000

/**
 * The timer `sweepExpired`: deletes what has expired, in a time box, and logs its figures and the first
 * fault of each storage account; what is left is for the next run. The day's first run of an instance
 * also looks for index rows past their own end, which no session names any more.
 */
export function createSweepExpired(app: App): (write: WriteEvent) => Promise<void> {
  let orphansOn = -1
  return async (write) => {
    const startedAt = app.now()
    const today = Math.floor(startedAt / dayMs)
    const { sweeper } = await app.stores()
    const orphans = today !== orphansOn
    const onFault = (fault: unknown): void => logFailure(toBffError(fault), { write })
    const report = await sweeper.sweep({ now: startedAt, budgetMs, orphans, onFault })
    if (report.complete) orphansOn = today
    write('bff.sweep.finished', { ...report, durationMs: app.now() - startedAt })
  }
}
