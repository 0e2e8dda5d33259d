import { authorize } from './authorize.ts'
import { discovery, jwks } from './discovery.ts'
import type { FaultyEndpoint } from './faults.ts'
import { redirectReply, type Exchange, type Reply } from './http.ts'
import { logout } from './logout.ts'
import { managedIdentityToken } from './managed-identity.ts'
import { errorCodePage } from './pages/error-page.ts'
import { formPostScript } from './pages/form-post-page.ts'
import { homePage } from './pages/home-page.ts'
import type { LogKind } from './log-entry.ts'
import type { EmulatorState } from './state.ts'
import { tokenEndpoint } from './token-endpoint.ts'
import { groupsOverage, userinfo } from './userinfo.ts'

/** One path of the emulator. */
export interface Route {
  pattern: RegExp
  handle: (state: EmulatorState, exchange: Exchange) => Reply | Promise<Reply>
  /** How the sign-in log calls it; absent: not logged, and there while the provider is down. */
  kind?: LogKind
  /** Which faults strike it. */
  faults?: FaultyEndpoint
}

/** Everything but the admin API, which has its own table. */
export const routes: Route[] = [
  {
    pattern: /^\/([^/]+)\/v2\.0\/\.well-known\/openid-configuration$/,
    handle: discovery,
    kind: 'discovery',
    faults: 'discovery',
  },
  {
    pattern: /^\/([^/]+)\/discovery\/v2\.0\/keys$/,
    handle: jwks,
    kind: 'jwks',
    faults: 'jwks',
  },
  {
    pattern: /^\/([^/]+)\/oauth2\/v2\.0\/authorize$/,
    handle: authorize,
    kind: 'authorize',
    faults: 'authorize',
  },
  {
    pattern: /^\/([^/]+)\/oauth2\/v2\.0\/token$/,
    handle: tokenEndpoint,
    kind: 'token',
    faults: 'token',
  },
  {
    pattern: /^\/([^/]+)\/oauth2\/v2\.0\/logout$/,
    handle: logout,
    kind: 'logout',
    faults: 'logout',
  },
  { pattern: /^\/oidc\/userinfo$/, handle: userinfo, kind: 'userinfo' },
  {
    pattern: /^\/graph\/([^/]+)\/users\/([^/]+)\/getMemberObjects$/,
    handle: groupsOverage,
    kind: 'groups-overage',
  },
  { pattern: /^\/msi\/token$/, handle: managedIdentityToken, kind: 'msi', faults: 'msi' },
  { pattern: /^\/$/, handle: homePage },
  { pattern: /^\/error$/, handle: (_state, exchange) => errorCodePage(exchange) },
  { pattern: /^\/form-post\.js$/, handle: formPostScript },
  {
    pattern: /^\/favicon\.ico$/,
    handle: () => ({ status: 204, headers: {}, body: '' }),
  },
  { pattern: /^\/_admin$/, handle: () => redirectReply('/') },
]
