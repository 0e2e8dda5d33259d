import type { AuthorizationServer } from 'oauth4webapi'
import type { OutgoingFetch } from '../../outgoing/outgoing-fetch.ts'
import type { AuthoritySettings } from '../../settings/settings.ts'
import { parseJsonObject } from '../../base/json.ts'
import { cacheValue, type CachedValue } from '../../base/cached-value.ts'
import { getDocument, misconfigured, unavailable } from './provider-call.ts'
import { type ProviderMetadata, readProviderMetadata } from './provider-metadata.ts'

const hourMs = 3_600_000

/** The checked metadata, and the same as the OAuth library takes it. */
export interface DiscoveredProvider {
  readonly metadata: ProviderMetadata
  readonly server: AuthorizationServer
}

/**
 * Discovery (OpenID Connect Discovery 1.0 §4), cached for 1 h, used up to 24 h while the provider is
 * away. Rejects with `identity_provider_unavailable` or `configuration_error`.
 */
export function createDiscovery(parts: {
  readonly authority: AuthoritySettings
  readonly fetch: OutgoingFetch
  readonly now: () => number
}): CachedValue<DiscoveredProvider> {
  const { authority, now } = parts
  const url = new URL(`${authority.tenant}/v2.0/.well-known/openid-configuration`, authority.host)
  const discover = async (): Promise<DiscoveredProvider> => {
    const response = await getDocument(parts, 'discovery', url)
    const call = { name: 'identity_provider', operation: 'discovery', status: 200 } as const
    const document = parseJsonObject(new Uint8Array(await response.arrayBuffer()))
    // What is no metadata at all comes from something in between, a proxy's page for example.
    if (document === undefined) throw unavailable(call, 5)
    const metadata = readProviderMetadata(document, authority)
    if (typeof metadata === 'string') throw misconfigured(metadata, call)
    return { metadata, server: serverOf(metadata) }
  }
  return cacheValue(discover, {
    now,
    freshMs: () => hourMs,
    staleMs: () => 24 * hourMs,
    retryMs: 30_000,
  })
}

function serverOf(metadata: ProviderMetadata): AuthorizationServer {
  return {
    issuer: metadata.issuer,
    authorization_endpoint: metadata.authorizationEndpoint.href,
    token_endpoint: metadata.tokenEndpoint.href,
    jwks_uri: metadata.jwksUri.href,
  }
}
