import { startFunctionsHost, type FunctionsHost } from '../../dev/functions-host/functions-host.ts'
import type { FunctionsHostOptions } from '../../dev/functions-host/host-options.ts'
import { buildFixtureApp } from './fixture-app.ts'

/** Custom headers as our own host.json has them, and no route prefix. */
const echoHostJson = {
  extensions: { http: { routePrefix: '', customHeaders: { 'X-Custom': 'host' } } },
}

/** Starts the app of test/fixtures/echo-app, which describes or misbehaves on demand. */
export async function startEchoHost(
  options: Partial<FunctionsHostOptions> = {},
): Promise<FunctionsHost> {
  const appDirectory = await buildFixtureApp('echo-app', echoHostJson)
  return startFunctionsHost({ appDirectory, env: {}, ...options })
}

/** What the echo functions say about the call that reached them. */
export interface Echo {
  readonly function: string
  readonly method: string
  readonly url: string
  readonly query: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly traceParent: string
}
