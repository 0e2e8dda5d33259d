import {
  type AuthorizationServer,
  type Client,
  clockSkew,
  clockTolerance,
  processAuthorizationCodeResponse,
  processRefreshTokenResponse,
} from 'oauth4webapi'
import { BffError } from '../../base/errors.ts'
import type { DiscoveredProvider } from '../discovery/discovery.ts'
import {
  checkIdTokenClaims,
  clockSkewSeconds,
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
}

/**
 * Validates an ID token (OpenID Connect Core 1.0 §3.1.3.7), its signature always: claim by claim
 * here, for the reason in the log, and by the certified library. Throws `login_failed` with the
 * reason, or `identity_provider_unavailable` where the signing keys cannot be had.
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
  await keys.verify(await processed(token, claims.iss), unchecked)
  return withoutMistyped(claims)
}

/** The response as the library has processed it, which is how it knows the ID token later. */
async function processed(token: IdTokenToValidate, issuer: string): Promise<Response> {
  const server: AuthorizationServer = { ...token.provider.server, issuer }
  const client: Client = {
    client_id: token.clientId,
    id_token_signed_response_alg: 'RS256',
    [clockSkew]: Math.round((token.now - Date.now()) / 1000),
    [clockTolerance]: clockSkewSeconds,
  }
  const response = Response.json({
    access_token: token.tokens.accessToken,
    token_type: 'bearer',
    id_token: token.idToken,
  })
  try {
    if (token.nonce === undefined) await processRefreshTokenResponse(server, client, response)
    else
      await processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: token.nonce,
        requireIdToken: true,
        ...(token.maxAge !== undefined && { maxAge: token.maxAge }),
      })
  } catch {
    // The library's error carries the tokens.
    throw new BffError('login_failed', 'the ID token is not valid', {
      loginFailure: 'id_token_invalid',
    })
  }
  return response
}
