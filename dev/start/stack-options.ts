import type { HostLogLine, HostRequestLine } from '../functions-host/host-options.ts'
import type { StartArguments } from './arguments.ts'
import type { Cleanup } from './cleanup.ts'
import type { PortFinder } from './ports.ts'

/** How the local stack is to be started. */
export interface StackOptions {
  readonly root: string
  /** The built functions. */
  readonly appDirectory: string
  readonly ports: PortFinder
  /** Of the functions. */
  readonly port: number
  readonly arguments: StartArguments
  /** `Values` of local.settings.json. */
  readonly values: Readonly<Record<string, string>>
  readonly cleanup: Cleanup
  readonly onRequest: (line: HostRequestLine) => void
  readonly onLog: (line: HostLogLine) => void
}
