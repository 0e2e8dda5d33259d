import type { HostLogLine, HostRequestLine } from '../functions-host/host-options.ts'
import type { ReadyContext } from './ready-text.ts'
import type { Stack } from './stack.ts'

/** What the local stack says, in words or as JSON; secrets and codes are cut in either. */
export interface Output {
  notice(message: string): void
  /** Something happened just now; with the time of day. */
  event(message: string): void
  /** The same, and a person should look. */
  warning(message: string): void
  ready(stack: Stack, context: ReadyContext): void
  request(line: HostRequestLine): void
  log(line: HostLogLine): void
  failure(error: Error): void
}
