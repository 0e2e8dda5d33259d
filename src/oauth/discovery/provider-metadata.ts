import type { AuthoritySettings } from '../../settings/settings.ts'
import { isGuid } from './issuer.ts'
import { isLoopback } from '../../settings/addresses.ts'

/** What discovery told of the identity provider, checked (OpenID Connect Discovery 1.0 §3). */
export interface ProviderMetadata {
  /** As published: Entra's multi-tenant metadata has `{tenantid}` in it. */
  readonly issuer: string
  readonly authorizationEndpoint: URL
  readonly tokenEndpoint: URL
  readonly jwksUri: URL
  readonly endSessionEndpoint: URL | undefined
  /** Whether authorization responses always carry `iss` (RFC 9207 §3). */
  readonly sendsIssuer: boolean
}

/** Hosts that stand for the same cloud of Entra, the one in issuers first. */
const clouds = [
  ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
  ['login.microsoftonline.us', 'login.usgovcloudapi.net'],
  ['login.partner.microsoftonline.cn', 'login.chinacloudapi.cn'],
]

/**
 * Checks a discovery document against the authority it was asked of: its issuer (RFC 8414 §3.3) and
 * where its endpoints lie. Returns the metadata, or what is wrong in words without values.
 */
export function readProviderMetadata(
  document: Readonly<Record<string, unknown>>,
  authority: Pick<AuthoritySettings, 'host' | 'tenant'>,
): ProviderMetadata | string {
  const issuer = document['issuer']
  if (typeof issuer !== 'string' || !isIssuerOf(issuer, authority))
    return 'unexpected "issuer" in the metadata of the authority'
  const hosts = hostsOf(authority.host)
  const endpoint = (name: string): URL | undefined => endpointAt(document[name], hosts)
  const authorizationEndpoint = endpoint('authorization_endpoint')
  const tokenEndpoint = endpoint('token_endpoint')
  const jwksUri = endpoint('jwks_uri')
  const endSessionEndpoint = endpoint('end_session_endpoint')
  if (authorizationEndpoint === undefined) return wrong('authorization_endpoint')
  if (tokenEndpoint === undefined) return wrong('token_endpoint')
  if (jwksUri === undefined) return wrong('jwks_uri')
  if (endSessionEndpoint === undefined && document['end_session_endpoint'] !== undefined)
    return wrong('end_session_endpoint')
  const sendsIssuer = document['authorization_response_iss_parameter_supported'] === true
  return { issuer, authorizationEndpoint, tokenEndpoint, jwksUri, endSessionEndpoint, sendsIssuer }
}

function wrong(name: string): string {
  return `"${name}" in the metadata of the authority is missing, not https or on another host`
}

/**
 * `{authority}/{tenant}/v2.0`, and for External ID `https://{tenant}.ciamlogin.com/{tenant}/v2.0`
 * whatever name the authority has (learn.microsoft.com/entra/external-id).
 */
function isIssuerOf(
  issuer: string,
  { host, tenant }: Pick<AuthoritySettings, 'host' | 'tenant'>,
): boolean {
  const inIssuer = /^\/([^/]+)\/v2\.0$/.exec(pathOf(issuer))?.[1]
  if (inIssuer === undefined || !isTenantOf(inIssuer, tenant)) return false
  const origins = [...hostsOf(host).names].map((name) => `${host.protocol}//${name}`)
  if (!isWorkforce(host)) origins.push(`https://${inIssuer}.ciamlogin.com`)
  return origins.some((origin) => issuer === `${origin}/${inIssuer}/v2.0`)
}

/** Not through `URL`, which would encode the braces of `{tenantid}`. */
function pathOf(issuer: string): string {
  return /^https?:\/\/[^/?#]+(\/[^?#]*)$/.exec(issuer)?.[1] ?? ''
}

function isTenantOf(inIssuer: string, tenant: string): boolean {
  if (tenant === 'organizations' || tenant === 'common') return inIssuer === '{tenantid}'
  return isGuid(tenant) ? inIssuer === tenant.toLowerCase() : isGuid(inIssuer)
}

interface Hosts {
  readonly names: ReadonlySet<string>
  readonly externalId: boolean
}

function hostsOf(host: URL): Hosts {
  const cloud = clouds.find((names) => names.includes(host.host)) ?? []
  return {
    names: new Set([host.host, ...cloud]),
    externalId: !isWorkforce(host) && !isLoopback(host),
  }
}

function isWorkforce(host: URL): boolean {
  return clouds.some((names) => names.includes(host.host))
}

function endpointAt(value: unknown, hosts: Hosts): URL | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined
  const url = new URL(value)
  const expected =
    hosts.names.has(url.host) || (hosts.externalId && url.host.endsWith('.ciamlogin.com'))
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
  return expected && secure && !url.username && !url.password && !url.hash ? url : undefined
}
