import type { SignInErrorCode } from '../../base/errors.ts'
import { apiGrantMeaning, deadSuberrors } from './api-grant-errors.ts'
import { type ErrorMeaning, meaningOf } from './error-meaning.ts'
import { diagnosticsOf, type ProviderError } from './provider-error.ts'
import type { UnsuccessfulRenewal } from '../../renewal/outcome.ts'

const signInErrorCodes: Readonly<Record<ErrorMeaning, SignInErrorCode>> = {
  cancelled: 'login_cancelled',
  denied: 'access_denied',
  blocked: 'access_blocked',
  risk: 'access_blocked',
  login: 'login_required',
  step_up: 'interaction_required',
  claims: 'interaction_required',
  consent: 'consent_required',
  admin_consent: 'admin_consent_required',
  password_reset: 'password_reset_requested',
  grant: 'login_expired',
  proof: 'login_failed',
  wrong_tenant: 'configuration_error',
  user_gone: 'access_denied',
  credential: 'configuration_error',
  configuration: 'configuration_error',
  unavailable: 'identity_provider_unavailable',
  unknown: 'login_failed',
}

/** The sign-in error that an error of the authorization or the code redemption becomes. */
export function signInErrorOf(error: ProviderError): SignInErrorCode {
  return signInErrorCodes[meaningOf(error)]
}

/** Tells whether the provider refused this app's own credential, so that a newer one may help. */
export function isCredentialRefused(error: ProviderError): boolean {
  return meaningOf(error) === 'credential'
}

type WithoutDiagnostics<Outcome> = Outcome extends unknown ? Omit<Outcome, 'idp'> : never

const refreshOutcomes: Readonly<Record<ErrorMeaning, WithoutDiagnostics<UnsuccessfulRenewal>>> = {
  cancelled: { kind: 'denied' },
  denied: { kind: 'denied' },
  blocked: { kind: 'denied', reason: 'conditional_access' },
  risk: { kind: 'ended', reason: 'risk' },
  login: { kind: 'interaction', reason: 'step_up' },
  step_up: { kind: 'interaction', reason: 'step_up' },
  claims: { kind: 'interaction', reason: 'claims' },
  consent: { kind: 'interaction', reason: 'consent' },
  admin_consent: { kind: 'denied', reason: 'admin_consent' },
  password_reset: { kind: 'denied' },
  grant: { kind: 'ended', reason: 'invalid_grant' },
  proof: { kind: 'ended', reason: 'invalid_grant' },
  wrong_tenant: { kind: 'ended', reason: 'invalid_grant' },
  user_gone: { kind: 'ended', reason: 'invalid_grant' },
  credential: { kind: 'failed', code: 'configuration_error' },
  configuration: { kind: 'failed', code: 'configuration_error' },
  unavailable: { kind: 'failed', code: 'identity_provider_unavailable' },
  unknown: { kind: 'failed', code: 'identity_provider_error' },
}

/**
 * What an error of the token endpoint means for the session whose refresh token was sent. For an
 * API's scopes a refusal ends it only where the grant itself is dead.
 */
export function refreshOutcomeOf(error: ProviderError, forApi = false): UnsuccessfulRenewal {
  const known = refreshOutcomes[meaningOf(error)]
  const outcome = forApi && known.kind === 'ended' ? refusedForApi(error) : known
  const idp = diagnosticsOf(error)
  return outcome.kind === 'interaction' && error.claims
    ? { ...outcome, claims: error.claims, idp }
    : { ...outcome, idp }
}

function refusedForApi(error: ProviderError): WithoutDiagnostics<UnsuccessfulRenewal> {
  if (deadSuberrors.includes(error.suberror ?? ''))
    return { kind: 'ended', reason: 'invalid_grant' }
  const meaning = apiGrantMeaning(error.codes)
  if (meaning?.kind === 'ended') return { kind: 'ended', reason: 'invalid_grant' }
  return meaning ?? { kind: 'doubtful' }
}
