import { BffError } from '../errors.ts'
import { expectedIssuer, isGuid } from './issuer.ts'
import type { ProviderMetadata } from './provider-metadata.ts'

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
  if (iss !== expectedIssuer(metadata.issuer, tenantOf(iss)) && iss !== metadata.issuer)
    throw refused('login_failed', 'issuer_mismatch', 'unexpected "iss" response parameter')
}

/** What stands in the place of `{tenantid}`; the ID token has to agree with the issuer anyway. */
function tenantOf(iss: string): string | undefined {
  return iss.split('/').find(isGuid)
}

function single(parameters: URLSearchParams, name: keyof typeof maximumLength): string | undefined {
  const values = parameters.getAll(name)
  const code = name === 'state' ? 'login_not_started' : 'login_failed'
  if (values.length > 1)
    throw refused(code, 'parameter_duplicated', `"${name}" response parameter given twice`)
  const value = values[0]
  if (value !== undefined && value.length > maximumLength[name])
    throw refused(code, 'parameter_too_long', `"${name}" response parameter too long`)
  return value || undefined
}

function refused(
  code: 'login_not_started' | 'login_failed',
  loginFailure:
    'parameter_conflict' | 'parameter_duplicated' | 'parameter_too_long' | 'issuer_mismatch',
  message: string,
): BffError {
  return new BffError(code, message, { loginFailure })
}
