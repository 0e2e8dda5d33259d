import type { ProblemReason } from '../../base/errors.ts'

/** What `invalid_grant` for an API's scopes means where neither `claims` nor `suberror` tell. */
export type ApiGrantMeaning =
  | { readonly kind: 'ended' }
  | { readonly kind: 'interaction'; readonly reason: ProblemReason }
  | { readonly kind: 'denied'; readonly reason?: ProblemReason }

/** AADSTS numbers with one meaning. */
export interface ApiGrantCodes {
  readonly codes: string
  readonly means: ApiGrantMeaning
  readonly meaning: string
}

/**
 * Entra refuses one resource with the same `invalid_grant` as a dead refresh token. Only numbers tell
 * the two apart (learn.microsoft.com/entra/identity-platform/reference-error-codes); what is not
 * listed is found out by a refresh for the sign-in scopes.
 */
export const apiGrantCodes: readonly ApiGrantCodes[] = [
  {
    codes: '50173 50132 50133 50085 B2C90128 B2C90129',
    means: { kind: 'ended' },
    meaning: 'the grant was revoked, as by a new password',
  },
  {
    codes: '70000 70008 700081 700082 700084 B2C90080',
    means: { kind: 'ended' },
    meaning: 'the refresh token is not valid, or has expired',
  },
  { codes: '70043', means: { kind: 'ended' }, meaning: 'the sign-in frequency of a policy' },
  {
    codes: '65001',
    means: { kind: 'interaction', reason: 'consent' },
    meaning: 'consent to the API is missing',
  },
  {
    codes: '50074 50076 50078 50079 50072 50097 50158 16000',
    means: { kind: 'interaction', reason: 'step_up' },
    meaning: 'the API asks for one more step: MFA, a device, another check',
  },
  {
    codes: '53000 53001 53002 53003 530001 530002 530003 530004 530032 530035',
    means: { kind: 'denied', reason: 'conditional_access' },
    meaning: 'a policy blocks the API',
  },
  {
    codes: '65002 90094 90095 90099',
    means: { kind: 'denied', reason: 'admin_consent' },
    meaning: 'an administrator has to allow it',
  },
  { codes: '50105', means: { kind: 'denied' }, meaning: 'the user is not assigned to the API' },
]

/** Values of `suberror` that say that the refresh token itself is dead. */
export const deadSuberrors: readonly string[] = ['bad_token', 'token_expired']

/** What numbers say of a grant that was refused for an API; undefined where none is known. */
export function apiGrantMeaning(codes: readonly string[]): ApiGrantMeaning | undefined {
  return apiGrantCodes.find((row) => row.codes.split(' ').some((code) => codes.includes(code)))
    ?.means
}
