import type { DiscoveredProvider } from '../discovery/discovery.ts'
import {
  checkIdTokenClaims,
  checkIdTokenTimes,
  type IdTokenClaims,
  withoutMistyped,
} from './id-token-claims.ts'
import { readIdToken } from './id-token-text.ts'
import type { SigningKeys } from './signing-keys.ts'
import type { TokenSet } from '../token/token-response.ts'

/** An ID token of the token endpoint, with what it must agree with. */
export interface IdTokenToValidate {
  readonly provider: DiscoveredProvider
  readonly clientId: string
  readonly tokens: TokenSet
  readonly idToken: string
  /** Undefined where a refresh may leave it out. */
  readonly nonce: string | undefined
  readonly maxAge?: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
  /** How far the provider's clock is ahead of ours, where it says so. */
  readonly skewSeconds?: number | undefined
}

/**
 * Validates an ID token (OpenID Connect Core 1.0 §3.1.3.7), its signature always. Throws
 * `login_failed` with the reason, or `identity_provider_unavailable` where the signing keys cannot
 * be had.
 */
export async function validateIdToken(
  token: IdTokenToValidate,
  keys: SigningKeys,
): Promise<IdTokenClaims> {
  const { provider, clientId, tokens, nonce, maxAge, now } = token
  const unchecked = readIdToken(token.idToken)
  const claims: Readonly<Record<string, unknown>> = unchecked.claims
  const { issuer } = provider.metadata
  const { accessToken } = tokens
  checkIdTokenClaims(claims, { issuer, clientId, accessToken, nonce, maxAge, now })
  await keys.verify(unchecked)
  checkIdTokenTimes(claims, token)
  return withoutMistyped(claims)
}
