import { BffError } from '../../base/errors.ts'
import { singleParameter } from '../../base/single-parameter.ts'
import type { LoginFailureReason } from '../../base/login-failures.ts'
import { signInErrorOf } from '../errors/error-map.ts'
import { expectedIssuer, isGuid } from '../discovery/issuer.ts'
import { diagnosticsOf, errorOfAuthorization } from '../errors/provider-error.ts'
import type { ProviderMetadata } from '../discovery/provider-metadata.ts'

const maximumLength = { state: 256, code: 4096, error: 256, iss: 1024 }

/** An authorization response (RFC 6749 §4.1.2), read; nothing of it may be shown or followed. */
export interface AuthorizationResponse {
  readonly state: string | undefined
  readonly code: string | undefined
  readonly error: string | undefined
  /** Entra's refinement of an error: `cancel`. */
  readonly errorSubcode: string | undefined
  /** Looked at for its AADSTS number only. */
  readonly errorDescription: string | undefined
  readonly iss: string | undefined
}

/**
 * Reads the parameters of an authorization response. Unknown ones are ignored, empty ones count as
 * absent; a doubled or over-long one throws `login_not_started` where it is `state`, else
 * `login_failed`, and so does a code together with an error (RFC 6749 §3.1).
 */
export function readAuthorizationResponse(parameters: URLSearchParams): AuthorizationResponse {
  const state = single(parameters, 'state')
  const code = single(parameters, 'code')
  const error = single(parameters, 'error')
  const iss = single(parameters, 'iss')
  if (code !== undefined && error !== undefined)
    throw refused('login_failed', 'parameter_conflict', '"code" and "error" came together')
  return {
    state,
    code,
    error,
    errorSubcode: parameters.get('error_subcode') || undefined,
    errorDescription: parameters.get('error_description') || undefined,
    iss,
  }
}

/**
 * The code of a response that the state has proven to be ours. Throws the sign-in error that the
 * response means: an error of the provider, another issuer, or no code at all.
 */
export async function authorizationCodeOf(
  response: AuthorizationResponse,
  metadata: () => Promise<Pick<ProviderMetadata, 'issuer' | 'sendsIssuer'>>,
): Promise<string> {
  // An error without an issuer gives nobody anything, so it does not have to wait for discovery.
  if (response.error === undefined || response.iss !== undefined)
    checkIssuer(response.iss, await metadata())
  if (response.error !== undefined) {
    const error = errorOfAuthorization(response)
    throw new BffError(signInErrorOf(error), 'the authorization endpoint answered with an error', {
      loginFailure: 'identity_provider_error',
      idp: diagnosticsOf(error),
    })
  }
  if (response.code === undefined)
    throw refused('login_failed', 'code_missing', '"code" response parameter missing')
  return response.code
}

/** Checks the `iss` parameter of a response (RFC 9207 §2.4); throws `login_failed`. */
export function checkIssuer(
  iss: string | undefined,
  metadata: Pick<ProviderMetadata, 'issuer' | 'sendsIssuer'>,
): void {
  if (iss === undefined) {
    if (metadata.sendsIssuer)
      throw refused('login_failed', 'issuer_mismatch', '"iss" response parameter missing')
    return
  }
  const { issuer } = metadata
  // Whose tenant it is, the ID token tells.
  const tenant = iss.split('/').find(isGuid)
  if (iss !== (issuer.includes('{tenantid}') ? expectedIssuer(issuer, tenant) : issuer))
    throw refused('login_failed', 'issuer_mismatch', 'unexpected "iss" response parameter')
}

function single(parameters: URLSearchParams, name: keyof typeof maximumLength): string | undefined {
  const code = name === 'state' ? 'login_not_started' : 'login_failed'
  const value = singleParameter(parameters, name, () => {
    throw refused(code, 'parameter_duplicated', `"${name}" response parameter given twice`)
  })
  if (value !== undefined && value.length > maximumLength[name])
    throw refused(code, 'parameter_too_long', `"${name}" response parameter too long`)
  return value
}

function refused(
  code: 'login_not_started' | 'login_failed',
  loginFailure: LoginFailureReason,
  message: string,
): BffError {
  return new BffError(code, message, { loginFailure })
}
