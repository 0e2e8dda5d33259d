import type { ProviderError } from './provider-error.ts'

/** What an error of the identity provider means, whichever endpoint gave it. */
export type ErrorMeaning =
  | 'cancelled'
  | 'denied'
  | 'blocked'
  | 'risk'
  | 'login'
  | 'step_up'
  | 'claims'
  | 'consent'
  | 'admin_consent'
  | 'password_reset'
  | 'grant'
  | 'proof'
  | 'wrong_tenant'
  | 'user_gone'
  | 'credential'
  | 'configuration'
  | 'unavailable'
  | 'unknown'

const meanings: ReadonlyMap<string, ErrorMeaning> = new Map([
  ['access_denied', 'denied'],
  ['login_required', 'login'],
  ['interaction_required', 'step_up'],
  ['account_selection_required', 'step_up'],
  ['consent_required', 'consent'],
  ['invalid_grant', 'grant'],
  ['invalid_client', 'credential'],
  ['unauthorized_client', 'configuration'],
  ['invalid_request', 'configuration'],
  ['invalid_resource', 'configuration'],
  ['invalid_scope', 'configuration'],
  ['invalid_target', 'configuration'],
  ['server_error', 'unavailable'],
  ['temporarily_unavailable', 'unavailable'],
])

const interactionSuberrors = new Set(['basic_action', 'additional_action', 'message_only'])

/** Outage and throttling keep their meaning whatever `error` they come with (AADSTS50196: loop detected). */
const transientCodes = numbers('50033 90006 90012 90024 90033 50087 40010 80014 90055 50196 50088')
const credentialCodes = numbers(
  '7000215 70002 7000222 7000218 700025 700027 50012 50013 500133 50048 70021 700211 700212 700213 700214 700024',
)
const cancelledCodes = numbers('65004 B2C90091')
const passwordResetCodes = numbers('B2C90118')
const blockedCodes = numbers('53000 53001 53002 53003 530001 530002 530003 530004 530032 530035')
const adminConsentCodes = numbers('90094 90095 90099')
const riskCodes = numbers('50053 50135 53011 530034 50126')
const proofCodes = numbers('501481 50147 50148 501491 B2C90182 B2C90183')
const wrongTenantCodes = numbers('700005')
const userGoneCodes = numbers('50057 50034 50020 51004 50014')

type Refinement = readonly [codes: ReadonlySet<string>, meaning: ErrorMeaning]

/** Where `error` alone does not tell two cases apart: the first number found decides. */
const refinements: Partial<Record<ErrorMeaning, readonly Refinement[]>> = {
  denied: [
    [cancelledCodes, 'cancelled'],
    [passwordResetCodes, 'password_reset'],
    [adminConsentCodes, 'admin_consent'],
    [blockedCodes, 'blocked'],
    [riskCodes, 'risk'],
  ],
  step_up: [
    [blockedCodes, 'blocked'],
    [riskCodes, 'risk'],
  ],
  consent: [[adminConsentCodes, 'admin_consent']],
  configuration: [[credentialCodes, 'credential']],
  grant: [
    [credentialCodes, 'credential'],
    [proofCodes, 'proof'],
    [wrongTenantCodes, 'wrong_tenant'],
    [userGoneCodes, 'user_gone'],
    [riskCodes, 'risk'],
  ],
}

/**
 * Decides on `error`, then `claims` and `suberror`; AADSTS numbers only tell apart what those leave
 * open (learn.microsoft.com/entra/identity-platform/reference-error-codes).
 */
export function meaningOf(error: ProviderError): ErrorMeaning {
  if (hasCode(error, transientCodes)) return 'unavailable'
  const meaning =
    meanings.get(error.error) ??
    (error.error.startsWith('unsupported_') ? 'configuration' : 'unknown')
  return refine(challenged(meaning, error), error)
}

function challenged(meaning: ErrorMeaning, error: ProviderError): ErrorMeaning {
  if (meaning === 'denied' && error.subcode === 'cancel') return 'cancelled'
  if (meaning === 'grant') {
    if (error.suberror === 'consent_required') return 'consent'
    if (interactionSuberrors.has(error.suberror ?? '') && error.claims === undefined)
      return 'step_up'
  }
  const open = meaning === 'grant' || meaning === 'denied' || meaning === 'unknown'
  return open && error.claims !== undefined ? 'claims' : meaning
}

function refine(meaning: ErrorMeaning, error: ProviderError): ErrorMeaning {
  const found = refinements[meaning]?.find(([codes]) => hasCode(error, codes))
  return found?.[1] ?? meaning
}

function hasCode(error: ProviderError, codes: ReadonlySet<string>): boolean {
  return error.codes.some((code) => codes.has(code))
}

function numbers(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
