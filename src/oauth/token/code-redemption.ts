import { authorizationCodeGrantRequest, skipStateCheck, validateAuthResponse } from 'oauth4webapi'
import { BffError } from '../../base/errors.ts'
import type { LoginFailureReason } from '../../base/login-failures.ts'
import { signInErrorOf } from '../errors/error-map.ts'
import {
  type GrantParts,
  tokenRequestMs,
  requestTokens,
  type TokenResult,
} from './token-endpoint.ts'
import type { IdTokenClaims } from '../id-token/id-token-claims.ts'
import { validateIdToken } from '../id-token/id-token-validation.ts'
import { unavailable } from '../discovery/provider-call.ts'
import { diagnosticsOf } from '../errors/provider-error.ts'
import { isTenantAllowed } from '../../settings/settings.ts'
import type { TokenSet } from './token-response.ts'

/** An authorization code with what its login transaction kept for it. */
export interface CodeRedemption {
  readonly code: string
  readonly codeVerifier: string
  readonly nonce: string
  /** Where the request asked for it: seconds since the last authentication that are accepted. */
  readonly maxAge?: number
}

/** A completed sign-in. */
export interface SignedIn {
  readonly tokens: TokenSet
  readonly claims: IdTokenClaims
}

/**
 * Redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.5), validates the ID token and applies the tenant
 * policy. Throws a sign-in error with `details.loginFailure`.
 */
export async function redeemCode(parts: GrantParts, redemption: CodeRedemption): Promise<SignedIn> {
  const deadline = parts.now() + tokenRequestMs
  const provider = await parts.discovery.get()
  const { metadata, server } = provider
  const result = await requestTokens(parts, { metadata, deadline }, (authentication, options) => {
    const client = { client_id: parts.client.id }
    const code = new URLSearchParams({ code: redemption.code })
    return authorizationCodeGrantRequest(
      server,
      client,
      authentication,
      validateAuthResponse(server, client, code, skipStateCheck),
      parts.client.redirectUri,
      redemption.codeVerifier,
      options,
    )
  })
  const { tokens, idToken, skewSeconds } = tokensOf(result)
  const { nonce, maxAge } = redemption
  const claims = await validateIdToken(
    {
      provider,
      clientId: parts.client.id,
      tokens,
      idToken,
      nonce,
      maxAge,
      now: parts.now(),
      skewSeconds,
    },
    parts.keys,
  )
  if (!isTenantAllowed(claims.tid, parts.authority))
    throw new BffError('tenant_not_allowed', 'the tenant of the account is not an allowed one', {
      loginFailure: 'tenant_not_allowed',
    })
  return { tokens, claims }
}

function tokensOf(result: TokenResult) {
  if (result.kind === 'unavailable')
    throw unavailable(
      result.call,
      result.retryAfterSeconds,
      result.error && { idp: diagnosticsOf(result.error) },
    )
  if (result.kind === 'refused') throw refused(result)
  if (result.kind === 'invalid' || result.kind === 'unusable')
    throw failed('token_response_invalid', 'the token response is not valid')
  if (result.idToken === undefined)
    throw failed('id_token_missing', 'the token response has no ID token')
  const { tokens, idToken, skewSeconds } = result
  return { tokens, idToken, skewSeconds }
}

function refused(result: TokenResult & { kind: 'refused' }): BffError {
  const code = signInErrorOf(result.error)
  const isFault = code === 'identity_provider_unavailable' || code === 'configuration_error'
  return new BffError(code, 'the token endpoint refused the code', {
    loginFailure: 'identity_provider_error',
    idp: diagnosticsOf(result.error),
    ...(isFault && { dependency: result.call, retryAfterSeconds: result.retryAfterSeconds }),
  })
}

function failed(loginFailure: LoginFailureReason, message: string): BffError {
  return new BffError('login_failed', message, { loginFailure })
}
