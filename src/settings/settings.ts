import * as v from 'valibot'
import { findContradictions } from './contradictions.ts'
import { type Environment, type FrontEnd, frontEnd, settingName } from './front-end.ts'
import { proxyMistakes } from './outgoing-proxy.ts'
import { resolveLanding } from './landing.ts'
import { settingDefinitions } from './schema.ts'
import type { TablesAccount } from './tables.ts'
import type { Upstream } from './upstreams.ts'
import { originsOf, type Values } from './values.ts'

/** How this app proves itself to Entra. */
export type CredentialKind = 'secret' | 'federated' | 'certificate'

/** The identity provider: which tenants may sign in, and where its metadata is. */
export interface AuthoritySettings {
  readonly host: URL
  /** GUID, domain, `organizations` or `common`, as it stands in the provider's URLs. */
  readonly tenant: string
  /** Lower-case GUIDs, `*` for any, undefined where the tenant of the URL alone decides. */
  readonly allowedTenants: '*' | ReadonlySet<string> | undefined
}

/** The app registration. */
export interface ClientSettings {
  readonly id: string
  /** `PUBLIC_URL/auth/callback`, never derived from a request. */
  readonly redirectUri: string
  /** `PUBLIC_URL/auth/logout/callback`. */
  readonly postLogoutRedirectUri: string
  readonly scopes: readonly string[]
  readonly credential: CredentialKind
  readonly secret: string | undefined
  readonly secretName: string
  readonly certificateName: string
  readonly responseMode: 'query' | 'form_post'
}

/** All settings, checked; times in seconds. */
export interface Settings {
  readonly frontEnd: FrontEnd
  readonly publicUrl: URL
  /** Whether `publicUrl` is http on loopback: plain cookie names, no Secure. */
  readonly plainHttp: boolean
  /** Own origin first, then the allowed ones. */
  readonly origins: readonly string[]
  readonly authority: AuthoritySettings
  readonly client: ClientSettings
  readonly keyVaultUrl: URL | undefined
  readonly sessionKeyName: string
  /** Session keys given as plain settings; undefined where the vault holds them. */
  readonly sessionKeys: readonly string[] | undefined
  readonly tables: readonly TablesAccount[]
  readonly upstreams: readonly Upstream[]
  readonly sessionIdleSeconds: number
  readonly sessionAbsoluteSeconds: number
  readonly maxSessionsPerUser: number
  readonly loginTtlSeconds: number
  readonly refreshCooldownSeconds: number
  readonly sessionSameSite: 'Strict' | 'Lax'
  readonly errorUrl: URL | undefined
  readonly defaultReturnTo: URL
  readonly userClaims: readonly string[]
  readonly rateLimitPerMinute: number
  readonly forwardedHops: number
}

/** Either the settings, or every mistake in them: names and rules, never values. */
export type SettingsResult =
  | { readonly settings: Settings; readonly mistakes?: undefined }
  | { readonly settings?: undefined; readonly mistakes: readonly string[] }

/**
 * Reads all settings of a front end from the environment and names every mistake at once; throws
 * nothing.
 */
export function readSettings(env: Environment, of: FrontEnd = frontEnd()): SettingsResult {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, definition] of Object.entries(settingDefinitions)) {
    // A deployment template gives an empty text for what it does not set.
    const named = settingName(env, name, of)
    const text = env[named]?.trim() || ('default' in definition ? definition.default : undefined)
    if (text === undefined) {
      if ('required' in definition) mistakes.push(`${name} is missing`)
      continue
    }
    const result = v.safeParse(definition.format, text)
    if (result.success) values[name] = result.output
    else mistakes.push(`${named} ${rule(result.issues[0])}`)
  }
  if (mistakes.length > 0) return { mistakes }
  const checked = values as unknown as Values
  mistakes.push(...findContradictions(checked, of, isOnAzure(env)))
  mistakes.push(...proxyMistakes(checked, env))
  return mistakes.length > 0 ? { mistakes } : { settings: derive(checked, of) }
}

/**
 * The variables by which the Functions host tells its plans apart (`EnvironmentSettingNames.cs` of
 * Azure/azure-functions-host): App Service sets the first, Flex Consumption the second, Linux
 * Consumption the third. None is set on a developer's machine.
 */
const azureVariables = [
  'WEBSITE_INSTANCE_ID',
  'WEBSITE_POD_NAME',
  'CONTAINER_NAME',
  'WEBSITE_SKU',
] as const

function isOnAzure(env: Readonly<Record<string, string | undefined>>): boolean {
  return azureVariables.some((name) => env[name])
}

function rule(issue: v.BaseIssue<unknown>): string {
  return issue.message.startsWith('Invalid') ? 'is not valid' : issue.message
}

function derive(values: Values, of: FrontEnd): Settings {
  return {
    frontEnd: of,
    publicUrl: values.PUBLIC_URL,
    plainHttp: values.PUBLIC_URL.protocol === 'http:',
    origins: originsOf(values),
    authority: {
      host: values.ENTRA_AUTHORITY_HOST,
      tenant: values.ENTRA_TENANT_ID,
      allowedTenants: tenantSet(values.ENTRA_ALLOWED_TENANTS),
    },
    client: deriveClient(values, of),
    keyVaultUrl: values.KEY_VAULT_URL,
    sessionKeyName: values.SESSION_KEY_NAME,
    sessionKeys: values.SESSION_KEY,
    tables: values.TABLES_ENDPOINT,
    upstreams: values.UPSTREAMS,
    sessionIdleSeconds: values.SESSION_IDLE_MINUTES * 60,
    sessionAbsoluteSeconds: values.SESSION_ABSOLUTE_HOURS * 3600,
    maxSessionsPerUser: values.MAX_SESSIONS_PER_USER,
    loginTtlSeconds: values.LOGIN_TTL_MINUTES * 60,
    refreshCooldownSeconds: values.REFRESH_COOLDOWN_SECONDS,
    sessionSameSite: values.SESSION_SAME_SITE,
    errorUrl:
      values.ERROR_URL === undefined
        ? undefined
        : resolveLanding(values.ERROR_URL, { origins: originsOf(values), authPath: of.authPath }),
    defaultReturnTo: new URL(values.DEFAULT_RETURN_TO, values.PUBLIC_URL),
    userClaims: values.USER_CLAIMS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    forwardedHops: values.FORWARDED_HOPS,
  }
}

function deriveClient(values: Values, { authPath }: FrontEnd): ClientSettings {
  return {
    id: values.ENTRA_CLIENT_ID,
    redirectUri: `${values.PUBLIC_URL.origin}/${authPath}/callback`,
    postLogoutRedirectUri: `${values.PUBLIC_URL.origin}/${authPath}/logout/callback`,
    scopes: values.ENTRA_SCOPES,
    credential: values.CLIENT_CREDENTIAL,
    secret: values.ENTRA_CLIENT_SECRET,
    secretName: values.CLIENT_SECRET_NAME,
    certificateName: values.CLIENT_CERTIFICATE_NAME,
    responseMode: values.RESPONSE_MODE,
  }
}

function tenantSet(list: readonly string[] | undefined): '*' | ReadonlySet<string> | undefined {
  if (list === undefined) return undefined
  return list[0] === '*' ? '*' : new Set(list.map((id) => id.toLowerCase()))
}

/**
 * Tells whether accounts of a tenant may sign in. Without a list the tenant of the authority alone
 * decides, which the issuer of the ID token has proven.
 */
export function isTenantAllowed(
  tid: string,
  { allowedTenants }: Pick<AuthoritySettings, 'allowedTenants'>,
): boolean {
  return (
    allowedTenants === undefined || allowedTenants === '*' || allowedTenants.has(tid.toLowerCase())
  )
}
