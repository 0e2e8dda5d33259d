import { openListener } from './listener.ts'
import { handleRequest, type Answered, type HandlerOptions } from './request-handler.ts'
import type { HostResponse } from './response.ts'
import type { LogLevel } from './rpc.ts'
import { startRuntime } from './runtime.ts'
import { timerRunner } from './timer-runner.ts'
import type { WorkerLog } from './worker.ts'

export interface HostLogLine {
  readonly level: 'debug' | 'information' | 'warning' | 'error'
  readonly message: string
  readonly functionName?: string
  readonly invocationId?: string
}

export interface HostRequestLine {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly functionName?: string
  /** The same as in the log lines of this call. */
  readonly invocationId?: string
  /** Where the answer redirects to: origin and path only. */
  readonly location?: string
}

export interface FunctionsHostOptions {
  /** The folder with package.json and host.json, as it would be deployed. */
  readonly appDirectory: string
  /** All of the app's settings: nothing else of this process's environment reaches it. */
  readonly env: Record<string, string>
  /** 0, the default, for a free one. */
  readonly port?: number
  /** Default `localhost`, on IPv4 and IPv6. */
  readonly hostname?: string
  /** Requests that no function takes are passed on to this origin (the demo app). */
  readonly fallbackOrigin?: string
  /** Runs timer functions by their schedule. */
  readonly timers?: boolean
  /** How far the app's clock runs ahead. */
  readonly clockOffsetMs?: number
  readonly tls?: { readonly key: string; readonly cert: string }
  onLog?(line: HostLogLine): void
  onRequest?(line: HostRequestLine): void
}

export interface FunctionsHost {
  readonly origin: string
  readonly port: number
  /** The last 5,000 lines. */
  readonly logs: HostLogLine[]
  readonly functions: { name: string; methods: string[]; route?: string }[]
  /** Replaces the worker: same port, calls in flight finish in the old one. */
  reload(env?: Record<string, string>): Promise<void>
  /** Shifts `Date` in the app. */
  moveClock(offsetMs: number): Promise<void>
  /** Runs a timer function now. Rejects where it fails. */
  runTimer(name: string): Promise<void>
  /** Ends worker and connections at once, as when an instance dies. */
  kill(): void
  stop(): Promise<void>
}

const keptLogLines = 5_000
const keptRequestLines = 500

/**
 * Starts a stand-in for the Azure Functions host (buffered mode) that loads a built app through the
 * same contract as the real Node.js worker and answers as the real host does, oddities included.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const logs: HostLogLine[] = []
  const requests: HostRequestLine[] = []
  const log = (line: HostLogLine): void => {
    keep(logs, line, keptLogLines)
    options.onLog?.(line)
  }
  const timers = timerRunner(options.timers === true, log)
  const runtime = await startRuntime({
    appDirectory: options.appDirectory,
    env: options.env,
    clockOffsetMs: options.clockOffsetMs ?? 0,
    onLog: (line) => log(toLogLine(line)),
    onStart: timers.use,
  })
  const scheme = options.tls === undefined ? 'http' : 'https'
  const handlerOptions: HandlerOptions = {
    running: () => runtime.running(),
    scheme,
    fallbackOrigin: options.fallbackOrigin,
    homepageDisabled: options.env['AzureWebJobsDisableHomepage']?.toLowerCase() === 'true',
    ownPage: (path) => (path === '/_local/requests' ? jsonResponse(requests) : undefined),
    onFailure: (functionName, invocationId, message) =>
      log({
        level: 'error',
        message: `Executed 'Functions.${functionName}' (Failed): ${message}`,
        functionName,
        invocationId,
      }),
    onAnswer: (answer) => {
      const line = toRequestLine(answer)
      keep(requests, line, keptRequestLines)
      options.onRequest?.(line)
    },
  }
  const hostname = options.hostname ?? 'localhost'
  const listener = await openListener(
    { port: options.port ?? 0, hostname, tls: options.tls },
    (incoming, outgoing) => {
      handleRequest(incoming, outgoing, handlerOptions).catch(() => incoming.socket.destroy())
    },
  ).catch(async (error: unknown) => {
    await runtime.stop()
    throw error
  })
  return {
    origin: `${scheme}://${hostname}:${listener.port}`,
    port: listener.port,
    logs,
    get functions() {
      return timers.latest().table.http.map(({ name, methods, route }) => ({
        name,
        methods: [...methods],
        route,
      }))
    },
    reload: (env) => runtime.reload(env),
    moveClock: async (offsetMs) => {
      await runtime.moveClock(offsetMs)
      timers.clockMoved()
    },
    runTimer: timers.runNow,
    kill: () => {
      timers.stop()
      runtime.kill()
      listener.destroy()
    },
    stop: async () => {
      timers.stop()
      await listener.close()
      await runtime.stop()
    },
  }
}

function jsonResponse(value: unknown): HostResponse {
  const headers = [['content-type', 'application/json'] as const]
  return { status: 200, headers, body: Buffer.from(JSON.stringify(value)) }
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
