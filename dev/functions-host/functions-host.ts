import type { HttpFunction } from './function-table.ts'
import type { FunctionsHostOptions, HostFailure, HostLogLine } from './host-options.ts'
import { createJournal, type Journal } from './journal.ts'
import { openListener, type Listener } from './listener.ts'
import { handleRequest, type HandlerOptions } from './request-handler.ts'
import type { HostResponse } from './response.ts'
import { startRuntime, type Runtime } from './runtime.ts'
import { timerRunner } from './timer-runner.ts'

export interface FunctionsHost {
  readonly origin: string
  readonly port: number
  /** The last 5,000 lines. */
  readonly logs: HostLogLine[]
  readonly functions: { name: string; methods: string[]; route?: string }[]
  /** Replaces the worker: same port, calls in flight finish in the old one. */
  reload(env?: Record<string, string>): Promise<void>
  /** Why no function answers, where that is so. */
  failure(): HostFailure | undefined
  /** Shifts `Date` in the app. */
  moveClock(offsetMs: number): Promise<void>
  /** Runs a timer function now. Rejects where it fails. */
  runTimer(name: string): Promise<void>
  /** Ends worker and connections at once, as when an instance dies. */
  kill(): void
  stop(): Promise<void>
}

/** How long calls in flight may take to finish when the host stops. */
const stopGraceMs = 10_000

/**
 * Starts a stand-in for the Azure Functions host (buffered mode) that loads a built app through the
 * same contract as the real Node.js worker and answers as the real host does, oddities included.
 */
export async function startFunctionsHost(options: FunctionsHostOptions): Promise<FunctionsHost> {
  const journal = createJournal(options)
  const timers = timerRunner(options.timers === true, journal)
  const runtime = await startRuntime({
    appDirectory: options.appDirectory,
    env: options.env,
    clockOffsetMs: options.clockOffsetMs ?? 0,
    onLog: (line) => journal.workerLog(line),
    onStart: timers.use,
  })
  const listener = await listen(options, runtime, journal).catch(async (error: unknown) => {
    timers.stop()
    await runtime.stop()
    throw error
  })
  const kill = (): void => {
    timers.stop()
    runtime.kill()
    listener.destroy()
  }
  return {
    origin: `${schemeOf(options)}://${hostnameOf(options)}:${listener.port}`,
    port: listener.port,
    logs: journal.logs,
    get functions() {
      return timers.latest().table.http.map(describeFunction)
    },
    reload: (env) => runtime.reload(env),
    failure: () => runtime.failure(),
    moveClock: async (offsetMs) => {
      await runtime.moveClock(offsetMs)
      timers.clockMoved()
    },
    runTimer: timers.runNow,
    kill,
    stop: async () => {
      const timer = setTimeout(kill, stopGraceMs)
      timers.stop()
      await listener.close()
      await runtime.stop()
      clearTimeout(timer)
    },
  }
}

function listen(
  options: FunctionsHostOptions,
  runtime: Runtime,
  journal: Journal,
): Promise<Listener> {
  const { failurePage } = options
  const handlerOptions: HandlerOptions = {
    running: () => runtime.running(),
    failurePage: () => {
      const failure = runtime.failure()
      return failure && failurePage?.(failure)
    },
    scheme: schemeOf(options),
    fallbackOrigin: options.fallbackOrigin,
    homepageDisabled: options.env['AzureWebJobsDisableHomepage']?.toLowerCase() === 'true',
    ownPage: (path) => (path === '/_local/requests' ? jsonResponse(journal.requests) : undefined),
    onFailure: (...failure) => journal.failed(...failure),
    onAnswer: (answer) => journal.answered(answer),
  }
  return openListener(
    { port: options.port ?? 0, hostname: hostnameOf(options), tls: options.tls },
    (incoming, outgoing) => {
      handleRequest(incoming, outgoing, handlerOptions).catch(() => incoming.socket.destroy())
    },
  )
}

function schemeOf({ tls }: FunctionsHostOptions): 'http' | 'https' {
  return tls === undefined ? 'http' : 'https'
}

function hostnameOf({ hostname = 'localhost' }: FunctionsHostOptions): string {
  return hostname
}

function describeFunction({ name, methods, route }: HttpFunction): FunctionsHost['functions'][0] {
  return { name, methods: [...methods], route }
}

function jsonResponse(value: unknown): HostResponse {
  const headers = [['content-type', 'application/json'] as const]
  return { status: 200, headers, body: Buffer.from(JSON.stringify(value)) }
}
