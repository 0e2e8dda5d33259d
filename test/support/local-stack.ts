import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { createCleanup } from '../../dev/start/cleanup.ts'
import { wantedPorts } from '../../dev/start/ports.ts'
import { startStack, type Stack } from '../../dev/start/stack.ts'

/** The stack of `npm start`, demo app and API included, with the built bundle on free ports. */
export interface LocalStack extends Stack {
  readonly origin: string
  stop(): Promise<void>
}

export interface LocalStackOptions {
  readonly https?: boolean
  readonly values?: Record<string, string>
  /** The folder in which `.local/` is kept; absent: everything is in memory. */
  readonly persistIn?: string
  /** Which port each part got, by the port that it wanted: for a stack that is started once more. */
  readonly ports?: Map<number, number>
  readonly appDirectory?: string
  readonly onNotice?: (message: string) => void
}

/** Starts it; `values` are what local.settings.json would say. */
export async function startLocalStack(options: LocalStackOptions = {}): Promise<LocalStack> {
  const cleanup = createCleanup()
  const { https = false, values = {}, persistIn, ports = new Map<number, number>() } = options
  const portFor = async (wanted: number): Promise<number> => {
    const port = ports.get(wanted) ?? (await freePort())
    ports.set(wanted, port)
    return port
  }
  const stack = await startStack({
    root: persistIn ?? projectRoot(),
    appDirectory: options.appDirectory ?? join(projectRoot(), 'dist'),
    ports: { find: portFor, take: (port) => Promise.resolve(port) },
    port: await portFor(wantedPorts.functions),
    arguments: { open: false, persist: persistIn !== undefined, https, entra: false, json: true },
    values,
    cleanup,
    onRequest: () => {},
    onLog: () => {},
    ...(options.onNotice === undefined ? {} : { onNotice: options.onNotice }),
  }).catch(async (error: unknown) => {
    await cleanup.run()
    throw error
  })
  return { ...stack, origin: stack.addresses.publicUrl, stop: () => cleanup.run() }
}

/** Any: test files run side by side, and looking for the next free one they would find the same. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => {
    server.listen(0, 'localhost', resolve)
  })
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => {
    server.close(resolve)
  })
  return port
}
