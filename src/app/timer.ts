import type { WriteEvent } from '../base/events.ts'
import { logFailure, toBffError } from './log-failure.ts'
import { createOpenInvocations, type OpenInvocations } from './open-invocations.ts'
import { type Invocation, startTimerCall } from './start-call.ts'

/** Makes the handler of a timer: a fault is logged, and the next run takes it up again. */
export function timerHandler(
  run: (write: WriteEvent) => Promise<void>,
  running: OpenInvocations = createOpenInvocations(),
) {
  return async (_timer: unknown, invocation: Invocation): Promise<void> => {
    const opened = running.open(invocation)
    const call = startTimerCall(opened.invocation)
    try {
      await run(call.write)
    } catch (error) {
      logFailure(toBffError(error), call)
    } finally {
      opened.end()
    }
  }
}
