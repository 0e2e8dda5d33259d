import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startAzurite } from '../dev/azurite/start-azurite.ts'
import { clientSecret, managedIdentity } from '../dev/entra/defaults.ts'
import { type EntraEmulator, startEntraEmulator } from '../dev/entra/emulator.ts'
import { startFunctionsHost } from '../dev/functions-host/functions-host.ts'
import { startKeyVaultEmulator } from '../dev/key-vault/emulator.ts'

/** The parts that a benchmark needs, all on this machine, shared by everything it measures. */
export interface BenchStack {
  readonly entra: EntraEmulator
  readonly apiOrigin: string
  /** Connection strings of the storage emulator, one for each account. */
  readonly tables: readonly string[]
  /** Scope of the API. */
  readonly apiScope: string
  /** Starts the app in a folder in a functions host of its own, with other settings where named. */
  startApp(appDirectory: string, env?: Readonly<Record<string, string>>): Promise<BenchApp>
  stop(): Promise<void>
}

/** A running app. */
export interface BenchApp {
  /** Of the functions. */
  readonly origin: string
  /** Settings of the functions. */
  readonly env: Readonly<Record<string, string>>
}

/** Starts Azurite, the emulators and an API that answers at once, on free ports. */
export async function startBenchStack({ accounts = 1 } = {}): Promise<BenchStack> {
  const [azurite, entra, api] = await Promise.all([
    startAzurite({ accounts }),
    startEntraEmulator(),
    startApi(),
  ])
  // Entra ignores the port of localhost.
  const redirects = ['http://localhost/auth/callback', 'http://localhost/auth/logout/callback']
  entra.configure({ redirectUris: redirects })
  const vault = await startKeyVaultEmulator({ tenantId: entra.tenantId, authority: entra.origin })
  vault.setSecret('entra-client-secret', clientSecret)
  vault.setSecret('session-key', randomBytes(32).toString('base64url'))
  const apiScope = 'api://entra-bff-demo/access_as_user'
  const settings = {
    ENTRA_AUTHORITY_HOST: entra.origin,
    ENTRA_TENANT_ID: entra.tenantId,
    ENTRA_CLIENT_ID: entra.clientId,
    KEY_VAULT_URL: vault.url,
    TABLES_ENDPOINT: azurite.connectionStrings.join(','),
    IDENTITY_ENDPOINT: `${entra.origin}/msi/token`,
    IDENTITY_HEADER: managedIdentity.header,
    AZURE_CLIENT_ID: managedIdentity.clientId,
    UPSTREAMS: JSON.stringify({ demo: { url: api.origin, scopes: [apiScope] } }),
    REFRESH_COOLDOWN_SECONDS: '0',
    RATE_LIMIT_PER_MINUTE: '0',
  }
  const hosts: { stop(): Promise<void> }[] = []
  return {
    entra,
    apiOrigin: api.origin,
    tables: azurite.connectionStrings,
    apiScope,
    async startApp(appDirectory, change = {}) {
      // The public URL names a port that is known only once the host listens.
      const first = { ...settings, ...change, PUBLIC_URL: 'http://localhost:7071' }
      const host = await startFunctionsHost({ appDirectory, env: first })
      hosts.push(host)
      const env = {
        ...settings,
        ...change,
        PUBLIC_URL: host.origin.replace('127.0.0.1', 'localhost'),
      }
      await host.reload(env)
      return { origin: host.origin, env }
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()))
      await Promise.all([entra.stop(), vault.stop(), api.stop(), azurite.stop()])
    },
  }
}

/** An API that answers at once. */
async function startApi(): Promise<{ origin: string; stop(): Promise<void> }> {
  const body = JSON.stringify({ ok: true })
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
