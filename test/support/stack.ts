import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Azurite, startAzurite } from '../../dev/azurite/start-azurite.ts'
import {
  type AuthorizeOptions,
  createEntraAdmin,
  type EntraAdmin,
} from '../../dev/entra/admin-client.ts'
import { clientSecret, managedIdentity } from '../../dev/entra/defaults.ts'
import { type EntraEmulator, startEntraEmulator } from '../../dev/entra/emulator.ts'
import { type FunctionsHost, startFunctionsHost } from '../../dev/functions-host/functions-host.ts'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { type KeyVaultEmulator, startKeyVaultEmulator } from '../../dev/key-vault/emulator.ts'
import { leaseAccounts } from './azurite-accounts.ts'
import { type FaultProxy, startFaultProxy, throughProxy } from './fault-proxy.ts'
import {
  type BrowserReply,
  createHttpBrowser,
  type HttpBrowser,
  publicPorts,
} from './http-browser.ts'

/** How a stack differs from the usual one. */
export interface StackOptions {
  /** How many instances of the bundle run; default 1. All are one app to the browser. */
  readonly instances?: number
  /** Settings beside the usual ones; given the origin where they name it. */
  readonly settings?: ExtraSettings | ((origin: string) => ExtraSettings | Promise<ExtraSettings>)
  /** Storage accounts; default 1. */
  readonly accounts?: number
  /** An Azurite of its own, for a test that ends it; else accounts of the one of this worker. */
  readonly ownAzurite?: boolean
  /** Where an Azurite of its own keeps its tables, to be started from again; else in memory. */
  readonly azuriteDirectory?: string
  /** Gives the folder of another app than the deployed one. */
  readonly appDirectory?: () => Promise<string>
  /** Serves what no function takes, as the app's own static files would be: an origin. */
  readonly behind?: string
  /** Serves https with this certificate. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

type ExtraSettings = Readonly<Record<string, string>>

/** The whole product on real parts: built bundle, Azurite behind a fault proxy, the emulators. */
export interface Stack {
  readonly entra: EntraEmulator
  readonly admin: EntraAdmin
  readonly vault: KeyVaultEmulator
  readonly azurite: Azurite
  readonly storage: FaultProxy
  readonly hosts: readonly FunctionsHost[]
  /** Settings of the instances. */
  readonly env: Readonly<Record<string, string>>
  /** Origin that browsers see: the first instance. */
  readonly origin: string
  /** A URL of instance `index` (default the first). */
  url(path: string, index?: number): string
  /** Starts another instance with the same, or changed, settings. */
  startInstance(settings?: Readonly<Record<string, string>>): Promise<FunctionsHost>
  /** Moves the clock of every instance and of the provider. */
  moveClock(seconds: number): Promise<void>
  /** Moves it on from where it is. */
  advance(seconds: number): Promise<void>
  /** Starts every instance anew, with changed settings where given: nothing is remembered. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
}

/** Starts a stack on free ports. Stop it when done. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const [azurite, entra] = await Promise.all([
    options.ownAzurite === true
      ? startAzurite({
          accounts: options.accounts ?? 1,
          ...(options.azuriteDirectory !== undefined && { directory: options.azuriteDirectory }),
        })
      : leaseAccounts(options.accounts ?? 1),
    startEntraEmulator(),
  ])
  const [vault, storage] = await Promise.all([
    startKeyVaultEmulator({ tenantId: entra.tenantId, authority: entra.origin }),
    startFaultProxy({ target: `http://127.0.0.1:${azurite.port}` }),
  ])
  vault.setSecret('entra-client-secret', clientSecret)
  vault.setSecret('session-key', randomBytes(32).toString('base64url'))
  const hosts: FunctionsHost[] = []
  const base = settingsOf({ azurite, entra, vault, storage })

  const { tls } = options
  const appDirectory = (await options.appDirectory?.()) ?? join(projectRoot(), 'dist')
  let clock = 0
  const start = async (env: Record<string, string>): Promise<FunctionsHost> => {
    const host = await startFunctionsHost({
      appDirectory,
      env,
      clockOffsetMs: clock * 1000,
      ...(options.behind !== undefined && { fallbackOrigin: options.behind }),
      ...(tls && { tls }),
    })
    hosts.push(host)
    noteCookiePort(host, env)
    return host
  }
  // The public URL names a port that is known only once the first instance listens.
  const first = await start({ ...base, PUBLIC_URL: 'http://localhost:7071' })
  const settings =
    typeof options.settings === 'function' ? await options.settings(first.origin) : options.settings
  const env = { ...base, PUBLIC_URL: first.origin, ...settings }
  await first.reload(env)
  noteCookiePort(first, env)
  entra.configure({
    redirectUris: [`${env.PUBLIC_URL}/auth/callback`, `${env.PUBLIC_URL}/auth/logout/callback`],
    frontChannelLogoutUrl: `${env.PUBLIC_URL}/auth/logout/frontchannel`,
  })
  for (let index = 1; index < (options.instances ?? 1); index++) await start(env)
  const admin = createEntraAdmin(entra.origin)
  const moveClock = async (seconds: number): Promise<void> => {
    clock = seconds
    await Promise.all(hosts.map((host) => host.moveClock(seconds * 1000)))
    await admin.clock(seconds)
  }
  return {
    entra,
    admin,
    vault,
    azurite,
    storage,
    hosts,
    env,
    origin: first.origin,
    url: (path, index = 0) => `${hosts[index]!.origin}${path}`,
    startInstance: (settings = {}) => start({ ...env, ...settings }),
    moveClock,
    advance: (seconds) => moveClock(clock + seconds),
    async restart(changed = {}) {
      await Promise.all(hosts.map((host) => host.reload({ ...env, ...changed })))
      for (const host of hosts) noteCookiePort(host, { ...env, ...changed })
    },
    async stop() {
      await Promise.all(hosts.map((host) => host.stop()))
      await Promise.all([entra.stop(), vault.stop(), storage.stop()])
      await azurite.stop()
    },
  }
}

/** Which port the names of an instance's cookies carry: none where its `PUBLIC_URL` is https. */
function noteCookiePort(host: FunctionsHost, env: Readonly<Record<string, string>>): void {
  const url = new URL(env['PUBLIC_URL'] ?? host.origin)
  const { port } = new URL(host.origin)
  if (url.protocol === 'http:') publicPorts.set(port, url.port)
  else publicPorts.delete(port)
}

function settingsOf(parts: {
  readonly azurite: Azurite
  readonly entra: EntraEmulator
  readonly vault: KeyVaultEmulator
  readonly storage: FaultProxy
}): Record<string, string> {
  const { azurite, entra, vault, storage } = parts
  return {
    ENTRA_AUTHORITY_HOST: entra.origin,
    ENTRA_TENANT_ID: entra.tenantId,
    ENTRA_CLIENT_ID: entra.clientId,
    KEY_VAULT_URL: vault.url,
    TABLES_ENDPOINT: azurite.connectionStrings
      .map((connection) => throughProxy(connection, storage))
      .join(','),
    IDENTITY_ENDPOINT: `${entra.origin}/msi/token`,
    IDENTITY_HEADER: managedIdentity.header,
    AZURE_CLIENT_ID: managedIdentity.clientId,
    REFRESH_COOLDOWN_SECONDS: '0',
    RATE_LIMIT_PER_MINUTE: '0',
  }
}

/** The two navigations of a sign-in, with the callback URL between them. */
export interface StartedSignIn {
  readonly login: BrowserReply
  /** What the provider sends the browser back to. */
  readonly callbackUrl: URL
}

/** How a sign-in goes: what the person, the browser and the provider do. */
export interface SignInOptions extends AuthorizeOptions {
  /** Of the login request; default `/auth/login`. */
  readonly path?: string
  /** Of the login request, with its question mark. */
  readonly query?: string
  readonly instance?: number
}

/** Starts a sign-in and goes through the provider; the callback is not called yet. */
export async function startSignIn(
  stack: Stack,
  browser: HttpBrowser,
  { path = '/auth/login', query = '', instance, ...person }: SignInOptions = {},
): Promise<StartedSignIn> {
  // A front end at another host than the instance's says by which name it was called.
  const headers = { 'x-forwarded-host': new URL(stack.env['PUBLIC_URL']!).host }
  const login = await browser.navigate(stack.url(`${path}${query}`, instance), { headers })
  if (login.status !== 302) throw new Error(`login answered ${login.status}: ${login.text}`)
  const result = await stack.admin.authorize(login.headers['location']!, {
    user: 'ada@contoso.test',
    ...person,
  })
  if (result.location === undefined) throw new Error(`the provider stays at ${result.page}`)
  return { login, callbackUrl: new URL(result.location) }
}

/** A whole sign-in; throws where it does not end on the arrival page. */
export async function signIn(
  stack: Stack,
  browser: HttpBrowser = createHttpBrowser(),
  options: SignInOptions = {},
): Promise<HttpBrowser> {
  const { callbackUrl } = await startSignIn(stack, browser, options)
  const arrival = await browser.navigate(atInstance(stack, callbackUrl, options.instance))
  if (arrival.status !== 200 || arrival.headers['refresh'] === undefined)
    throw new Error(`callback answered ${arrival.status}: ${arrival.text}`)
  return browser
}

/** The same URL at another instance, as a load balancer would send it. */
export function atInstance(stack: Stack, url: URL, index = 0): URL {
  return new URL(`${url.pathname}${url.search}`, stack.hosts[index]!.origin)
}
