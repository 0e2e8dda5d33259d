import { createFunctionTable, type FunctionTable } from './function-table.ts'
import { readHostConfiguration, type HostConfiguration } from './host-configuration.ts'
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
  /** The app as it runs now; waits while a crashed worker is replaced. Undefined: it is gone. */
  running(): Promise<Running | undefined>
  reload(env?: Readonly<Record<string, string>>): Promise<void>
  moveClock(offsetMs: number): Promise<void>
  stop(): Promise<void>
  kill(): void
}

/** A third crash, each less than this after the one before, stops the real host. */
const crashWindowMs = 30 * 60_000
const crashLimit = 3

/** Keeps a worker with the app running: replaces it when it crashes, and on reload. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  let { env, clockOffsetMs } = options
  let crashes: number[] = []
  let current: Promise<Running | undefined>
  let ended = false
  const now = (): Date => new Date(Date.now() + clockOffsetMs)

  const log = (level: 'warning' | 'error', message: string): void =>
    options.onLog({ type: 'log', level, category: 'system', message })

  const start = async (): Promise<Running> => {
    const configuration = await readHostConfiguration(options.appDirectory)
    const worker = await startWorker({
      appDirectory: options.appDirectory,
      env,
      clockOffsetMs,
      onLog: options.onLog,
      onCrash: () => {
        if (!ended) restart()
      },
    })
    const setting = (name: string): string | undefined => env[name]
    const { routePrefix } = configuration
    const table = createFunctionTable(worker.functions, { routePrefix, setting })
    for (const mistake of table.mistakes) log('error', mistake)
    if (worker.functions.length === 0) log('warning', 'No job functions found.')
    const traced = Boolean(env['APPLICATIONINSIGHTS_CONNECTION_STRING'])
    const running = { worker, table, configuration, traced }
    options.onStart(running, now)
    return running
  }

  const restart = (): void => {
    const crashedAt = performance.now()
    const last = crashes.at(-1)
    const chained = last !== undefined && crashedAt - last < crashWindowMs
    crashes = chained ? [...crashes, crashedAt] : [crashedAt]
    if (crashes.length < crashLimit) {
      current = start().catch((error: unknown) => {
        log('error', `The app could not be started again: ${String(error)}`)
        return undefined
      })
      return
    }
    log(
      'error',
      'Exceeded language worker restart retry count: the host stops until it is reloaded.',
    )
    current = Promise.resolve(undefined)
  }

  current = start()
  await current

  return {
    running: () => current,
    reload: async (changed) => {
      const previous = await current
      env = changed ?? env
      crashes = []
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
