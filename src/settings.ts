import * as v from 'valibot'
import { isLoopback, isSameSite } from './settings/formats.ts'
import { type SettingName, settingDefinitions } from './settings/schema.ts'
import { isLocalAccount, type TablesAccount } from './settings/tables.ts'
import type { Upstream } from './settings/upstreams.ts'

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

type Values = {
  readonly [Name in SettingName]:
    | v.InferOutput<(typeof settingDefinitions)[Name]['format']>
    | (typeof settingDefinitions extends Record<Name, { default: string } | { required: true }>
        ? never
        : undefined)
}

/** Reads all settings from the environment and names every mistake at once; throws nothing. */
export function readSettings(env: Readonly<Record<string, string | undefined>>): SettingsResult {
  const mistakes: string[] = []
  const values: Record<string, unknown> = {}
  for (const [name, definition] of Object.entries(settingDefinitions)) {
    // A deployment template gives an empty text for what it does not set.
    const text = env[name]?.trim() || ('default' in definition ? definition.default : undefined)
    if (text === undefined) {
      if ('required' in definition) mistakes.push(`${name} is missing`)
      continue
    }
    const result = v.safeParse(definition.format, text)
    if (result.success) values[name] = result.output
    else mistakes.push(`${name} ${rule(result.issues[0])}`)
  }
  if (mistakes.length > 0) return { mistakes }
  const checked = values as unknown as Values
  mistakes.push(...contradictions(checked, env['WEBSITE_INSTANCE_ID'] !== undefined))
  return mistakes.length > 0 ? { mistakes } : { settings: derive(checked) }
}

function rule(issue: v.BaseIssue<unknown>): string {
  return issue.message.startsWith('Invalid') ? 'is not valid' : issue.message
}

/** Rules over more than one setting. */
function contradictions(values: Values, onAzure: boolean): string[] {
  const found: string[] = []
  const multiTenant = ['organizations', 'common'].includes(values.ENTRA_TENANT_ID)
  if (multiTenant && values.ENTRA_ALLOWED_TENANTS === undefined)
    found.push('ENTRA_ALLOWED_TENANTS is missing: ENTRA_TENANT_ID lets every tenant in')
  for (const origin of values.ALLOWED_ORIGINS)
    if (!isSameSite(values.PUBLIC_URL, origin))
      found.push('ALLOWED_ORIGINS must be of the same site as PUBLIC_URL')
  for (const name of ['DEFAULT_RETURN_TO', 'ERROR_URL'] as const)
    if (values[name] !== undefined && landing(values, values[name]) === undefined)
      found.push(`${name} must be a path or URL on PUBLIC_URL or an allowed origin`)
  if (values.RESPONSE_MODE === 'form_post' && values.PUBLIC_URL.protocol !== 'https:')
    found.push('RESPONSE_MODE=form_post needs an https PUBLIC_URL')
  if (values.UPSTREAMS.length > 0 && !values.ENTRA_SCOPES.includes('offline_access'))
    found.push('ENTRA_SCOPES must have offline_access: UPSTREAMS need a refresh token')
  found.push(...missingSecrets(values))
  if (onAzure) found.push(...loopbackMistakes(values))
  return [...new Set(found)]
}

function missingSecrets(values: Values): string[] {
  if (values.KEY_VAULT_URL !== undefined) return []
  const found: string[] = []
  if (values.SESSION_KEY === undefined)
    found.push('KEY_VAULT_URL is missing (or SESSION_KEY in its place)')
  if (values.CLIENT_CREDENTIAL === 'secret' && values.ENTRA_CLIENT_SECRET === undefined)
    found.push('KEY_VAULT_URL is missing (or ENTRA_CLIENT_SECRET in its place)')
  if (values.CLIENT_CREDENTIAL === 'certificate')
    found.push('KEY_VAULT_URL is missing: it holds the client certificate')
  return found
}

/** On Azure a loopback address is an emulator's, left over from development. */
function loopbackMistakes(values: Values): string[] {
  const urls: [string, URL | undefined][] = [
    ['PUBLIC_URL', values.PUBLIC_URL],
    ['ENTRA_AUTHORITY_HOST', values.ENTRA_AUTHORITY_HOST],
    ['KEY_VAULT_URL', values.KEY_VAULT_URL],
    ...values.ALLOWED_ORIGINS.map((url): [string, URL] => ['ALLOWED_ORIGINS', url]),
    ...values.UPSTREAMS.map(({ url }): [string, URL] => ['UPSTREAMS', url]),
  ]
  const found = urls
    .filter(([, url]) => url !== undefined && isLoopback(url))
    .map(([name]) => `${name} must not be a loopback address on Azure`)
  if (values.TABLES_ENDPOINT.some(isLocalAccount))
    found.push('TABLES_ENDPOINT must not be a loopback address on Azure')
  return found
}

function landing(values: Values, reference: string): URL | undefined {
  if (!/^(\/|https?:\/\/)/.test(reference) || !URL.canParse(reference, values.PUBLIC_URL.href))
    return undefined
  const url = new URL(reference, values.PUBLIC_URL)
  return originsOf(values).includes(url.origin) && !url.username && !url.password ? url : undefined
}

function originsOf(values: Values): string[] {
  return [values.PUBLIC_URL.origin, ...values.ALLOWED_ORIGINS.map((url) => url.origin)]
}

function derive(values: Values): Settings {
  return {
    publicUrl: values.PUBLIC_URL,
    plainHttp: values.PUBLIC_URL.protocol === 'http:',
    origins: originsOf(values),
    authority: {
      host: values.ENTRA_AUTHORITY_HOST,
      tenant: values.ENTRA_TENANT_ID,
      allowedTenants: tenantSet(values.ENTRA_ALLOWED_TENANTS),
    },
    client: deriveClient(values),
    keyVaultUrl: values.KEY_VAULT_URL,
    sessionKeyName: values.SESSION_KEY_NAME,
    sessionKeys: values.SESSION_KEY,
    tables: values.TABLES_ENDPOINT,
    upstreams: values.UPSTREAMS,
    sessionIdleSeconds: values.SESSION_IDLE_MINUTES * 60,
    sessionAbsoluteSeconds: values.SESSION_ABSOLUTE_HOURS * 3600,
    loginTtlSeconds: values.LOGIN_TTL_MINUTES * 60,
    refreshCooldownSeconds: values.REFRESH_COOLDOWN_SECONDS,
    sessionSameSite: values.SESSION_SAME_SITE,
    errorUrl: values.ERROR_URL === undefined ? undefined : landing(values, values.ERROR_URL),
    defaultReturnTo: new URL(values.DEFAULT_RETURN_TO, values.PUBLIC_URL),
    userClaims: values.USER_CLAIMS,
    rateLimitPerMinute: values.RATE_LIMIT_PER_MINUTE,
    forwardedHops: values.FORWARDED_HOPS,
  }
}

function deriveClient(values: Values): ClientSettings {
  return {
    id: values.ENTRA_CLIENT_ID,
    redirectUri: `${values.PUBLIC_URL.origin}/auth/callback`,
    postLogoutRedirectUri: `${values.PUBLIC_URL.origin}/auth/logout/callback`,
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
