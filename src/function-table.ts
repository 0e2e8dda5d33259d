import type { Endpoint } from './app/app.ts'
import type { EndpointOptions } from './app/handle.ts'
import { callback } from './endpoints/callback.ts'
import { clientScript } from './endpoints/client-script.ts'
import { login } from './endpoints/login.ts'
import { logoutCallback } from './endpoints/logout-callback.ts'
import { logoutFrontchannel } from './endpoints/logout-frontchannel.ts'
import { logout } from './endpoints/logout.ts'
import { proxy } from './endpoints/proxy.ts'
import { refresh } from './endpoints/refresh.ts'
import { session } from './endpoints/session.ts'
import { sessionById } from './endpoints/session-by-id.ts'
import { sessions } from './endpoints/sessions.ts'
import type { FrontEnd } from './settings/front-end.ts'
import type { Settings } from './settings/settings.ts'
import { upstreamMethods } from './settings/upstreams.ts'

/** One HTTP function: its name on the platform, its route, and what answers. */
export interface HttpFunction {
  readonly name: string
  readonly route: string
  readonly endpoint: Endpoint
  readonly options: EndpointOptions
}

/** What the table is made for; `settings` are undefined where they are wrong. */
export interface FunctionTableParts {
  readonly frontEnd: FrontEnd
  readonly settings: Settings | undefined
  readonly live: Endpoint
  readonly ready: Endpoint
}

/** Which functions there are beside those of `auth/`. */
export interface FunctionChoice {
  readonly proxy: boolean
  readonly health: boolean
}

/** Every HTTP function of a front end. */
export function functionTable(parts: FunctionTableParts, choice: FunctionChoice): HttpFunction[] {
  const { frontEnd, settings } = parts
  const formPost = settings?.client.responseMode === 'form_post'
  const names = (name: string) => (frontEnd.name === undefined ? name : `${frontEnd.name}_${name}`)
  const at =
    (base: string) =>
    (name: string, route: string, endpoint: Endpoint, options: EndpointOptions): HttpFunction => ({
      name: names(name),
      route: `${base}${route}`,
      endpoint,
      options,
    })
  const auth = at(`${frontEnd.authPath}/`)
  const health = at(frontEnd.name === undefined ? 'health/' : `${frontEnd.name}/health/`)
  return [
    auth('login', 'login', login, { methods: ['GET'], pages: true }),
    auth('callback', 'callback', callback, {
      methods: formPost ? ['POST'] : ['GET'],
      maxQueryLength: Infinity,
      pages: true,
    }),
    auth('session', 'session', session, { methods: ['GET'], cors: 'json' }),
    auth('refresh', 'refresh', refresh, { methods: ['POST'], cors: 'json' }),
    auth('logout', 'logout', logout, { methods: ['GET', 'POST'], cors: 'json', pages: true }),
    auth('logoutCallback', 'logout/callback', logoutCallback, {
      methods: ['GET'],
      maxQueryLength: 8192,
      pages: true,
    }),
    auth('logoutFrontchannel', 'logout/frontchannel', logoutFrontchannel, {
      methods: ['GET'],
      maxQueryLength: Infinity,
    }),
    auth('sessions', 'sessions', sessions, { methods: ['GET'], cors: 'json' }),
    auth('sessionById', 'sessions/{id}', sessionById, { methods: ['DELETE'], cors: 'json' }),
    auth('clientScript', 'client.js', clientScript, { methods: ['GET', 'HEAD'] }),
    ...(choice.proxy
      ? // The host tries routes in the order of the functions' names: this one must come last, or it
        // would take the routes of a team's own functions below the same path.
        [
          at(`${frontEnd.apiPath}/`)('zz_proxy', '{upstream}/{*path}', proxy, {
            methods: upstreamMethods,
            cors: 'proxied',
          }),
        ]
      : []),
    ...(choice.health
      ? [
          health('healthLive', 'live', parts.live, { methods: ['GET', 'HEAD'] }),
          health('healthReady', 'ready', parts.ready, { methods: ['GET', 'HEAD'] }),
        ]
      : []),
  ]
}
