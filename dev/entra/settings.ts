import * as defaults from './defaults.ts'
import type { EntraApi, FederatedCredential, ManagedIdentity } from './directory.ts'
import { testUsers, type EntraUser } from './users.ts'

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
