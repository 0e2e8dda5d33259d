import * as defaults from './defaults.ts'
import { testUsers, type EntraUser } from './users.ts'

/** A directory: its id, its domain and its name on pages. */
export interface Tenant {
  id: string
  domain: string
  name: string
}

/** A resource that access tokens can be asked for. */
export interface EntraApi {
  name: string
  /** What its scopes begin with: `api://entra-bff-demo` of `api://entra-bff-demo/access_as_user`. */
  appIdUri: string
  /** `aud` of its access tokens. */
  audience: string
  /** Not `consented`: each user is asked first. */
  scopes: { name: string; consented: boolean }[]
}

/** A token issuer and subject whose tokens the app may use instead of a secret. */
export interface FederatedCredential {
  issuer?: string
  subject: string
  audience: string
}

export interface ManagedIdentity {
  principalId: string
  clientId: string
  /** What `X-IDENTITY-HEADER` must be. */
  header: string
}

/** Everything about the emulated tenant that a test may want different. */
export interface EntraSettings {
  tenantId: string
  clientId: string
  appName: string
  /** False: `organizations` and `common` answer AADSTS50194, as for a single-tenant app. */
  multiTenant: boolean
  /** Secrets that are accepted. */
  clientSecrets: string[]
  /** Secrets that answer AADSTS7000222. */
  expiredClientSecrets: string[]
  /** Certificates (PEM) whose keys may sign client assertions. */
  certificates: string[]
  federatedCredentials: FederatedCredential[]
  /** Compared exactly, but for the port of `localhost`. Post-logout URIs are among them, as in Entra. */
  redirectUris: string[]
  frontChannelLogoutUrl: string | undefined
  /** The app's certificate (PEM), where no authority stands behind it. */
  appCertificate: string | undefined
  apis: EntraApi[]
  users: EntraUser[]
  managedIdentity: ManagedIdentity
  /** `entra`: a used refresh token stays good. `strict`: its second use revokes the whole family. */
  refreshMode: 'entra' | 'strict'
  issueRefreshTokens: boolean
  /** Sends the `iss` response parameter (RFC 9207), which Entra does not. */
  sendIss: boolean
  /** Seconds; undefined: random between 60 and 90 minutes, as Entra's. */
  accessTokenLifetimeSeconds: number | undefined
  opaqueAccessTokens: boolean
  /** Kilobytes added to each access and ID token. */
  tokenPaddingKilobytes: number
  /** Text in every code, refresh token and opaque token, and in the `canary` claim of the JWTs. */
  canary: string
  /** Added to the machine's clock. */
  clockOffsetSeconds: number
}

/** The settings to start with; each call gives objects of its own. */
export function defaultSettings(): EntraSettings {
  return structuredClone({
    tenantId: defaults.contoso.id,
    clientId: defaults.clientId,
    appName: 'Demo SPA',
    multiTenant: false,
    clientSecrets: [defaults.clientSecret],
    expiredClientSecrets: [],
    certificates: [],
    federatedCredentials: defaults.federatedCredentials,
    redirectUris: defaults.redirectUris,
    frontChannelLogoutUrl: defaults.frontChannelLogoutUrl,
    appCertificate: undefined,
    apis: [defaults.demoApi, defaults.graphApi],
    users: testUsers,
    managedIdentity: defaults.managedIdentity,
    refreshMode: 'entra' as const,
    issueRefreshTokens: true,
    sendIss: false,
    accessTokenLifetimeSeconds: undefined,
    opaqueAccessTokens: false,
    tokenPaddingKilobytes: 0,
    canary: '',
    clockOffsetSeconds: 0,
  })
}
