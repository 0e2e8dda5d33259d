/** Names of all log lines; alert queries and docs use no other. */
export const eventNames = [
  'bff.login.started',
  'bff.login.succeeded',
  'bff.login.failed',
  'bff.session.refreshed',
  'bff.session.refresh_failed',
  'bff.session.step_up_required',
  'bff.session.ended',
  'bff.request.refused',
  'bff.request.failed',
  'bff.dependency.failed',
  'bff.credential.reloaded',
  'bff.session_key.reloaded',
  'bff.sweep.finished',
  'bff.settings.wrong',
] as const

/** The name of a log line. */
export type EventName = (typeof eventNames)[number]

/** Why a sign-in failed, for the log: what the browser is told is the `auth_error` alone. */
export const loginFailureReasons = [
  'state_missing',
  'state_forged',
  'state_unknown',
  'state_expired',
  'state_spent',
  'binding_missing',
  'binding_mismatch',
  'parameter_duplicated',
  'parameter_too_long',
  'parameter_conflict',
  'code_missing',
  'body_invalid',
  'issuer_mismatch',
  'identity_provider_error',
  'token_response_invalid',
  'id_token_missing',
  'id_token_invalid',
  'signature_invalid',
  'signing_key_unknown',
  'nonce_mismatch',
  'claim_invalid',
  'tenant_not_allowed',
  'key_issuer_mismatch',
  'session_too_large',
  'dependency_failed',
  'unexpected',
] as const

/** A member of the closed list of login failures. */
export type LoginFailureReason = (typeof loginFailureReasons)[number]

/** What the identity provider said of an error, for support; never shown to the browser. */
export interface IdpDiagnostics {
  readonly idpError?: string
  readonly idpSuberror?: string
  readonly idpErrorCodes?: readonly number[]
  readonly idpTraceId?: string
  readonly idpCorrelationId?: string
}

/** Why a session ended. */
export type SessionEndReason =
  | 'logout'
  | 'everywhere'
  | 'front_channel'
  | 'listed'
  | 'replaced'
  | 'idle'
  | 'absolute'
  | 'invalid_grant'
  | 'undecryptable'

/**
 * Every member that a log line may have. There is none for free text, a token, a cookie, a URL or a
 * header, so no secret can get into a line.
 */
export interface EventMembers extends IdpDiagnostics {
  readonly silent?: boolean
  readonly step?: boolean
  readonly repeated?: boolean
  readonly userId?: string
  readonly tenantId?: string
  /** First 8 characters of the session id's stored hash. */
  readonly session?: string
  readonly durationMs?: number
  readonly code?: string
  readonly reason?: string
  readonly check?: string
  readonly parameter?: string
  readonly upstream?: string
  readonly dependency?: string
  readonly operation?: string
  readonly status?: number
  readonly version?: string
  readonly scanned?: number
  readonly deleted?: number
  readonly oldestExpiredSeconds?: number
  readonly complete?: boolean
  readonly mistakes?: readonly string[]
  /** Class of an unexpected error; never its message, which may quote what it failed on. */
  readonly error?: string
  /** Where it was thrown: function, file and line of the bundle. */
  readonly at?: string
}

/** Writes one audit line; the correlation id and the function's name are added by the caller's side. */
export type WriteEvent = (event: EventName, members?: EventMembers) => void
