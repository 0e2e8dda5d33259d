/**
 * Why a sign-in failed, for the log, and what an operator should make of it. The browser is told
 * the `auth_error` alone. `npm run docs` writes docs/events.md from this table.
 */
export const loginFailures = {
  state_missing: 'The callback came without `state`: opened by hand, or from a bookmark.',
  state_forged: 'The `state` is not ours, or of another browser: its MAC does not fit.',
  state_key_unknown:
    'The `state` names a session key that is not known here: retired, or of another deployment.',
  state_unknown: 'The row of the sign-in does not open: it was altered, or its key is another.',
  state_expired: 'The person took longer than `LOGIN_TTL_MINUTES`, or the row is gone.',
  state_spent: 'The sign-in was finished before: a reload, a copied link, or Back.',
  binding_missing: 'The login cookie did not come: cookies are blocked, or another browser.',
  binding_mismatch: 'The login cookie is of another browser than the sign-in.',
  parameter_duplicated: 'A parameter of the authorization response came twice.',
  parameter_too_long: 'A parameter of the authorization response is longer than any real one.',
  parameter_conflict: '`code` and `error` came together.',
  code_missing: 'Neither `code` nor `error` came.',
  body_invalid: 'With `RESPONSE_MODE=form_post`: the body is not the form that was expected.',
  issuer_mismatch: 'The `iss` parameter is missing or names another issuer (RFC 9207).',
  identity_provider_error: 'The identity provider refused: see `idpError` and `idpErrorCodes`.',
  token_response_invalid: 'The answer of the token endpoint is not a token response.',
  id_token_missing: 'The token response has no ID token.',
  id_token_invalid: 'The ID token is not a signed JWT of the expected form.',
  signature_invalid: 'The signature of the ID token is wrong.',
  signing_key_unknown: "No key of the identity provider fits the ID token's signature.",
  nonce_mismatch: 'The ID token was made for another sign-in.',
  claim_invalid:
    'A claim of the ID token is missing or does not fit: issuer, audience, age of the sign-in.',
  clock_skew:
    'A time of the ID token does not fit: our clock is wrong, or that of the identity provider, see `bff.clock.skewed`.',
  tenant_not_allowed: 'The tenant of the account is not in `ENTRA_ALLOWED_TENANTS`.',
  user_changed: 'A step-up was finished by another account than the one it was asked of.',
  key_issuer_mismatch: "The signing key belongs to another tenant's issuer.",
  session_too_large: 'The session does not fit into its row: too many claims or tokens.',
  dependency_failed: 'Storage, vault or identity provider failed: see `bff.dependency.failed`.',
  unexpected: 'A fault of this program: see `bff.request.failed`.',
} as const satisfies Record<string, string>

/** A member of the closed list of login failures. */
export type LoginFailureReason = keyof typeof loginFailures

/** All reasons, in the order of the table. */
export const loginFailureReasons = Object.keys(loginFailures) as readonly LoginFailureReason[]
