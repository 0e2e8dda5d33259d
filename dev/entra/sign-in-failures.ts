import type { ErrorDetails } from './aadsts.ts'
import { EntraError } from './aadsts.ts'
import type { AuthorizationResponse } from './authorization-response.ts'

/** One way in which a sign-in can fail, as the sign-in page offers it. */
export interface SignInFailure {
  id: string
  label: string
  code: number
  details?: ErrorDetails
}

/** What "Fail this sign-in" lists. */
export const signInFailures: SignInFailure[] = [
  failure('cancelled', 'The person cancelled', 65004),
  failure('not_assigned', 'Not assigned to the app', 50105),
  failure('blocked', 'Blocked by Conditional Access', 53003),
  failure('device', 'Blocked, with interaction_required', 53003, { error: 'interaction_required' }),
  failure('login_required', 'Nobody is signed in', 50058),
  failure('mfa_required', 'Multi-factor authentication needed', 50076),
  failure('consent_required', 'Consent needed', 65001),
  failure('admin_consent', 'An administrator must consent', 90094),
  failure('password_reset', 'Password forgotten', 50000, {
    error: 'access_denied',
    detail: 'AADB2C90118: The user has forgotten their password.',
  }),
  failure('server_error', 'Error inside the service', 50000),
  failure('unavailable', 'Temporarily unavailable', 90033),
  failure('unauthorized_client', 'App not found in the tenant', 700016),
  failure('invalid_scope', 'Scope not valid', 70011),
  failure('invalid_resource', 'Resource not found', 500011),
  failure('unknown', 'An error that nobody knows', 50000, { error: 'the_unexpected' }),
  failure('markup', 'Markup in the description', 90014, {
    detail: '<script>alert(1)</script><img src=x onerror=alert(2)>',
  }),
]

/** Successful responses that are spoiled on their way back. */
export const spoiledResponses: { id: string; label: string }[] = [
  { id: 'state_changed', label: 'state changed' },
  { id: 'state_missing', label: 'state missing' },
  { id: 'code_missing', label: 'code missing' },
  { id: 'code_twice', label: 'code sent twice' },
  { id: 'code_invented', label: 'code invented' },
  { id: 'wrong_iss', label: 'iss of another issuer' },
]

/** The error that an id of {@link signInFailures} stands for. */
export function failureError(id: string): EntraError | undefined {
  const found = signInFailures.find((each) => each.id === id)
  return found && new EntraError(found.code, found.details)
}

/** A response spoiled as an id of {@link spoiledResponses} says; any other id changes nothing. */
export function spoil(response: AuthorizationResponse, id: string): AuthorizationResponse {
  const replace = (name: string, value: string) =>
    response.parameters.map((pair): [string, string] => (pair[0] === name ? [name, value] : pair))
  const without = (name: string) => response.parameters.filter(([key]) => key !== name)
  const parameters: Record<string, () => [string, string][]> = {
    state_changed: () => replace('state', `${response.target.state ?? ''}x`),
    state_missing: () => without('state'),
    code_missing: () => without('code'),
    code_twice: () => [...response.parameters, ['code', 'another']],
    code_invented: () => replace('code', '1.AXinvented'),
    wrong_iss: () => [...without('iss'), ['iss', 'https://issuer.attacker.test/v2.0']],
  }
  return { ...response, parameters: parameters[id]?.() ?? response.parameters }
}

function failure(id: string, label: string, code: number, details?: ErrorDetails): SignInFailure {
  return details === undefined ? { id, label, code } : { id, label, code, details }
}
