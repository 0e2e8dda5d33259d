import { createHash } from 'node:crypto'
import type { ClientSettings } from '../../settings/settings.ts'
import type { ProviderMetadata } from '../discovery/provider-metadata.ts'

const openIdScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What one sign-in asks of the authorization endpoint, beside what the app registration fixes. */
export interface AuthorizationRequest {
  readonly state: string
  readonly nonce: string
  /** Only its S256 challenge travels. */
  readonly codeVerifier: string
  /** An upstream's, for a step-up: they take the place of the sign-in scopes other than OpenID's. */
  readonly scopes?: readonly string[]
  readonly prompt?: 'login' | 'select_account' | 'consent' | 'none'
  readonly loginHint?: string
  readonly domainHint?: string
  readonly uiLocales?: string
  /** JSON of a claims challenge. */
  readonly claims?: string
  /** Seconds since the last authentication that are accepted. */
  readonly maxAge?: number
}

/**
 * The URL of an authorization request (RFC 6749 §4.1.1). PKCE is S256 whatever the metadata says:
 * Entra's names no method (RFC 7636 §4.2).
 */
export function buildAuthorizationUrl(
  metadata: Pick<ProviderMetadata, 'authorizationEndpoint'>,
  client: ClientSettings,
  request: AuthorizationRequest,
): URL {
  const url = new URL(metadata.authorizationEndpoint)
  const parameters: Readonly<Record<string, string | undefined>> = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_mode: client.responseMode,
    scope: scopesOf(client.scopes, request.scopes).join(' '),
    state: request.state,
    nonce: request.nonce,
    code_challenge: createHash('sha256').update(request.codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: request.prompt,
    login_hint: request.loginHint,
    domain_hint: request.domainHint,
    ui_locales: request.uiLocales,
    claims: request.claims,
    max_age: request.maxAge?.toString(),
  }
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) url.searchParams.set(name, value)
  return url
}

function scopesOf(ofClient: readonly string[], others?: readonly string[]): readonly string[] {
  if (others === undefined) return ofClient
  return [...new Set([...ofClient.filter((scope) => openIdScopes.has(scope)), ...others])]
}
