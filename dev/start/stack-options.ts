import type { HostLogLine, HostRequestLine } from '../functions-host/host-options.ts'
import type { StartArguments } from '../../scripts/start-arguments.mjs'
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
  /** How browsers reach the functions, where it is not `localhost` at that port. */
  readonly publicUrl?: string
  /** The settings of environment and local.settings.json. */
  readonly values: Readonly<Record<string, string>>
  readonly cleanup: Cleanup
  readonly onRequest: (line: HostRequestLine) => void
  readonly onLog: (line: HostLogLine) => void
  /** Something of the stack itself happened. */
  readonly onNotice?: (message: string) => void
}
