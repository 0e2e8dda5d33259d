import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { createCleanup } from '../../dev/start/cleanup.ts'
import { startStack, type Stack } from '../../dev/start/stack.ts'

/** The stack of `npm start`, demo app and API included, with the built bundle on free ports. */
export interface LocalStack extends Stack {
  readonly origin: string
  stop(): Promise<void>
}

/** Starts it; `values` are what local.settings.json would say. */
export async function startLocalStack(
  options: { https?: boolean; values?: Record<string, string> } = {},
): Promise<LocalStack> {
  const cleanup = createCleanup()
  const { https = false, values = {} } = options
  const stack = await startStack({
    root: projectRoot(),
    appDirectory: join(projectRoot(), 'dist'),
    ports: { find: freePort },
    port: await freePort(),
    arguments: { open: false, persist: false, https, entra: false, json: true },
    values,
    cleanup,
    onRequest: () => {},
    onLog: () => {},
  }).catch(async (error: unknown) => {
    await cleanup.run()
    throw error
  })
  return { ...stack, origin: stack.addresses.publicUrl, stop: () => cleanup.run() }
}

/** Any: test files run side by side, and looking for the next free one they would find the same. */
async function freePort(): Promise<number> {
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
