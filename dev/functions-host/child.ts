import { installMovableClock, setClockOffset } from './clock.ts'
import { createFunctionsCore, provideFunctionsCore } from './functions-core.ts'
import { invoke, type InvocationLog } from './invoke.ts'
import { loadApp } from './load-app.ts'
import type { HostMessage, WorkerMessage } from './rpc.ts'

/**
 * The worker of the local Functions host: a process of its own that loads the app through the
 * `@azure/functions-core` contract and runs what the host sends. A crash of the app ends only it.
 */

const send = (message: WorkerMessage): void => {
  if (process.connected) process.send?.(message)
}
const log: InvocationLog = (level, category, message, invocation) =>
  send({ type: 'log', level, category, message, ...invocation })

const core = createFunctionsCore(log)
const appHookData = {}

async function start(appDirectory: string, clockOffsetMs: number): Promise<void> {
  setClockOffset(clockOffsetMs)
  installMovableClock()
  provideFunctionsCore(core)
  process.chdir(appDirectory)
  try {
    await loadApp(appDirectory)
    const hookContext = { hookData: {}, appHookData, functionAppDirectory: appDirectory }
    await core.runHooks('appStart', hookContext)
  } catch (error) {
    const loadError = describe(error)
    log('error', 'system', `Worker was unable to load the app: ${loadError}`)
    send({ type: 'started', functions: [], loadError })
    return
  }
  core.lock()
  const capabilities = await core.programmingModel()?.getCapabilities?.({})
  if (capabilities?.['HttpUri'] !== undefined) {
    const reason =
      'the app turned on HTTP streaming (app.setup({ enableHttpStream: true })), which this host ' +
      'refuses: on Azure any caller can then forge every request header through the URL'
    send({ type: 'refused', reason })
    return
  }
  send({ type: 'started', functions: [...core.functions.values()].map(({ metadata }) => metadata) })
}

async function stop(): Promise<void> {
  try {
    await core.runHooks('appTerminate', { hookData: {}, appHookData })
  } catch (error) {
    log('error', 'system', `An appTerminate hook failed: ${describe(error)}`)
  }
  process.exit(0)
}

async function receive(message: HostMessage): Promise<void> {
  switch (message.type) {
    case 'start':
      return start(message.appDirectory, message.clockOffsetMs)
    case 'invoke':
      return send({
        type: 'result',
        result: await invoke(core, appHookData, message.request, log),
      })
    case 'clock':
      setClockOffset(message.offsetMs)
      return send({ type: 'clockMoved' })
    case 'stop':
      return stop()
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

process.on('message', (message: HostMessage) => void receive(message))
process.on('disconnect', () => process.exit(0))
// A terminal sends these to the whole group, on Ctrl-C and as it closes: only the host decides when
// its worker ends.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)
send({ type: 'listening' })
