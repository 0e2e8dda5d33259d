import { createFunctionTable, type FunctionTable } from './function-table.ts'
import { readHostConfiguration, type HostConfiguration } from './host-configuration.ts'
import type { HostFailure } from './host-options.ts'
import { startWorker, type Worker, type WorkerLog } from './worker.ts'

export interface Running {
  readonly worker: Worker
  readonly table: FunctionTable
  readonly configuration: HostConfiguration
  /** Application Insights is configured, hence traces are continued. */
  readonly traced: boolean
}

export interface RuntimeOptions {
  readonly appDirectory: string
  readonly env: Readonly<Record<string, string>>
  readonly clockOffsetMs: number
  readonly onLog: (line: WorkerLog) => void
  readonly onStart: (running: Running, now: () => Date) => void
}

export interface Runtime {
  /** Why no function answers, where that is so. */
  failure(): HostFailure | undefined
  /** The app as it runs now; waits while a crashed worker is replaced. Undefined: it is gone. */
  running(): Promise<Running | undefined>
  reload(env?: Readonly<Record<string, string>>): Promise<void>
  moveClock(offsetMs: number): Promise<void>
  stop(): Promise<void>
  kill(): void
}

/** Keeps a worker with the app running: replaces it when it crashes, and on reload. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const { onLog } = options
  const crashes = createCrashCounter()
  let { env, clockOffsetMs } = options
  let current: Promise<Running | undefined>
  let ended = false
  let failure: HostFailure | undefined

  const start = async (): Promise<Running> => {
    const running = await startApp({ ...options, env, clockOffsetMs }, () => {
      if (ended) return
      if (!crashes.isTooMany()) {
        current = restart()
        return
      }
      failure = { kind: 'gone', reason: giveUp(onLog) }
      current = Promise.resolve(undefined)
    })
    const { loadError } = running.worker
    failure = loadError === undefined ? undefined : { kind: 'load', reason: loadError }
    options.onStart(running, () => new Date(Date.now() + clockOffsetMs))
    return running
  }
  const restart = (): Promise<Running | undefined> =>
    start().catch((error: unknown) => {
      const reason = `The app could not be started again: ${String(error)}`
      onLog(systemLine('error', reason))
      failure = { kind: 'gone', reason }
      return undefined
    })

  current = start()
  await current

  return {
    failure: () => failure,
    running: () => current,
    reload: async (changed) => {
      const previous = await current
      env = changed ?? env
      crashes.forget()
      const next = start()
      await next
      current = next
      await previous?.worker.stop()
    },
    moveClock: async (offsetMs) => {
      clockOffsetMs = offsetMs
      await (await current)?.worker.moveClock(offsetMs)
    },
    stop: async () => {
      ended = true
      await (await current)?.worker.stop()
    },
    kill: () => {
      ended = true
      const killed = current
      current = Promise.resolve(undefined)
      void killed.then((running) => running?.worker.kill())
    },
  }
}

async function startApp(options: RuntimeOptions, onCrash: () => void): Promise<Running> {
  const { appDirectory, env, clockOffsetMs, onLog } = options
  const configuration = await readHostConfiguration(appDirectory)
  const worker = await startWorker({ appDirectory, env, clockOffsetMs, onLog, onCrash })
  const { routePrefix } = configuration
  const setting = (name: string): string | undefined => env[name]
  const table = createFunctionTable(worker.functions, { routePrefix, setting })
  for (const mistake of table.mistakes) onLog(systemLine('error', mistake))
  if (worker.functions.length === 0) onLog(systemLine('warning', 'No job functions found.'))
  const traced = Boolean(env['APPLICATIONINSIGHTS_CONNECTION_STRING'])
  return { worker, table, configuration, traced }
}

const crashWindowMs = 30 * 60_000
const crashLimit = 3

/** A third crash, each less than 30 minutes after the one before, stops the real host. */
function createCrashCounter(): { isTooMany: () => boolean; forget: () => void } {
  let count = 0
  let lastAt = Number.NEGATIVE_INFINITY
  return {
    isTooMany: () => {
      const now = performance.now()
      count = now - lastAt < crashWindowMs ? count + 1 : 1
      lastAt = now
      return count >= crashLimit
    },
    forget: () => {
      count = 0
    },
  }
}

function giveUp(onLog: RuntimeOptions['onLog']): string {
  const reason =
    'Exceeded language worker restart retry count: the functions stay away until they are reloaded.'
  onLog(systemLine('error', reason))
  return reason
}

function systemLine(level: 'warning' | 'error', message: string): WorkerLog {
  return { type: 'log', level, category: 'system', message }
}
