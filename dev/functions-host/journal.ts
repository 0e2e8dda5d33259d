import type { FunctionsHostOptions, HostLogLine, HostRequestLine } from './host-options.ts'
import type { Answered } from './request-handler.ts'
import type { LogLevel } from './rpc.ts'
import type { WorkerLog } from './worker.ts'

/** What the host remembers and passes on of its calls. */
export interface Journal {
  readonly logs: HostLogLine[]
  readonly requests: HostRequestLine[]
  log(line: HostLogLine): void
  workerLog(line: WorkerLog): void
  failed(functionName: string, invocationId: string, message: string): void
  answered(answer: Answered): void
}

const keptLogLines = 5_000
const keptRequestLines = 500

export function createJournal(options: FunctionsHostOptions): Journal {
  const logs: HostLogLine[] = []
  const requests: HostRequestLine[] = []
  const log = (line: HostLogLine): void => {
    keep(logs, line, keptLogLines)
    options.onLog?.(line)
  }
  return {
    logs,
    requests,
    log,
    workerLog: (line) => log(toLogLine(line)),
    failed: (functionName, invocationId, reason) => {
      const message = `Executed 'Functions.${functionName}' (Failed): ${reason}`
      log({ level: 'error', message, functionName, invocationId })
    },
    answered: (answer) => {
      const line = toRequestLine(answer)
      keep(requests, line, keptRequestLines)
      options.onRequest?.(line)
    },
  }
}

function toLogLine({ level, message, functionName, invocationId }: WorkerLog): HostLogLine {
  return {
    level: logLevels[level],
    message,
    ...(functionName === undefined ? {} : { functionName }),
    ...(invocationId === undefined ? {} : { invocationId }),
  }
}

const logLevels: Readonly<Record<LogLevel, HostLogLine['level']>> = {
  trace: 'debug',
  debug: 'debug',
  information: 'information',
  warning: 'warning',
  error: 'error',
  critical: 'error',
  none: 'debug',
}

function toRequestLine(answer: Answered): HostRequestLine {
  const { method, path, response, durationMs, functionName, invocationId } = answer
  const target = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1]
  return {
    method,
    path,
    status: response.status,
    durationMs,
    ...(functionName === undefined ? {} : { functionName }),
    ...(invocationId === undefined ? {} : { invocationId }),
    // A query may carry a code, a state or worse.
    ...(target === undefined ? {} : { location: target.replace(/[?#].*$/s, '') }),
  }
}

function keep<T>(list: T[], item: T, limit: number): void {
  list.push(item)
  if (list.length > limit) list.shift()
}
