import { app as functions } from '@azure/functions'
import type { Endpoint } from './app/app.ts'
import { createApp, once } from './app/create-app.ts'
import { createHandler, createRefusingHandler, type EndpointOptions } from './app/handle.ts'
import { timerHandler } from './app/timer.ts'
import { callback } from './endpoints/callback.ts'
import { createHealthReady, healthLive, unhealthy } from './endpoints/health.ts'
import { login } from './endpoints/login.ts'
import { logoutCallback } from './endpoints/logout-callback.ts'
import { logoutFrontchannel } from './endpoints/logout-frontchannel.ts'
import { logout } from './endpoints/logout.ts'
import { proxy } from './endpoints/proxy.ts'
import { refresh } from './endpoints/refresh.ts'
import { session } from './endpoints/session.ts'
import { sessionById } from './endpoints/session-by-id.ts'
import { sessions } from './endpoints/sessions.ts'
import { createSweepExpired } from './endpoints/sweep-expired.ts'
import { upstreamMethods } from './settings/upstreams.ts'
import { readSettings, type Settings } from './settings/settings.ts'

// Everything listed: the host itself answers 404 for a method that a function does not list.
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const { settings, mistakes } = readSettings(process.env)
const { http, timer, ready, live } = settings ? serve(settings) : refuse(mistakes)

http('login', 'auth/login', login, { methods: ['GET'] })
http('callback', 'auth/callback', callback, {
  methods: settings?.client.responseMode === 'form_post' ? ['POST'] : ['GET'],
  maxQueryLength: Infinity,
})
http('session', 'auth/session', session, { methods: ['GET'], cors: 'json' })
http('refresh', 'auth/refresh', refresh, { methods: ['POST'], cors: 'json' })
http('logout', 'auth/logout', logout, { methods: ['GET', 'POST'], cors: 'json' })
http('logoutCallback', 'auth/logout/callback', logoutCallback, {
  methods: ['GET'],
  maxQueryLength: 8192,
})
http('logoutFrontchannel', 'auth/logout/frontchannel', logoutFrontchannel, {
  methods: ['GET'],
  maxQueryLength: Infinity,
})
http('sessions', 'auth/sessions', sessions, { methods: ['GET'], cors: 'json' })
http('sessionById', 'auth/sessions/{id}', sessionById, { methods: ['DELETE'], cors: 'json' })
http('proxy', 'api/{upstream}/{*path}', proxy, { methods: upstreamMethods, cors: 'proxied' })
http('healthLive', 'health/live', live, { methods: ['GET', 'HEAD'] })
http('healthReady', 'health/ready', ready, { methods: ['GET', 'HEAD'] })
functions.timer('sweepExpired', { schedule: '0 */10 * * * *', handler: timer })

function serve(checked: Settings) {
  const credentials = once(async () => {
    const azure = await import('./azure/credentials.ts')
    const tokenCredential = azure.createTokenCredential(process.env)
    const assertion = azure.createManagedIdentityAssertion(tokenCredential)
    return { tokenCredential, assertion }
  })
  const tokenCredential = async () => (await credentials()).tokenCredential()
  const { app, onCall } = createApp(checked, {
    stores: once(async () => {
      const { createTableStores } = await import('./azure/table-stores.ts')
      return createTableStores(checked.tables, { now: () => Date.now(), tokenCredential })
    }),
    vault: once(async () => {
      const { createVault } = await import('./azure/key-vault.ts')
      return createVault(checked.keyVaultUrl!, tokenCredential)
    }),
    managedIdentityAssertion: async (audience) => (await credentials()).assertion(audience),
  })
  const handle = createHandler(app, onCall)
  return {
    http: register(handle),
    timer: timerHandler(createSweepExpired(app)),
    ready: createHealthReady(app),
    live: healthLive,
  }
}

/** Wrong settings must not throw while the app loads: the host would run on with no functions. */
function refuse(found: readonly string[]) {
  const { live, ready } = unhealthy(found)
  const handle = createRefusingHandler(found, [live, ready])
  return { http: register(handle), timer: async () => {}, ready, live }
}

function register(handle: ReturnType<typeof createHandler>) {
  return (name: string, route: string, endpoint: Endpoint, options: EndpointOptions): void =>
    functions.http(name, {
      route,
      methods: [...methods],
      authLevel: 'anonymous',
      handler: handle(endpoint, options),
    })
}
