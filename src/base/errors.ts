import type { DependencyFailure, IdpDiagnostics } from './events.ts'
import type { LoginFailureReason } from './login-failures.ts'

/** Every `code` of a problem document (RFC 9457) with its status and its one fixed title. */
export const problems = {
  invalid_return_to: { status: 400, title: 'The returnTo address is not one of this app.' },
  invalid_parameter: { status: 400, title: 'A parameter of the request is not valid.' },
  upstream_path_invalid: { status: 400, title: 'The path of the API request is not allowed.' },
  session_expired: { status: 401, title: 'There is no session, or it has ended.' },
  interaction_required: { status: 401, title: 'The user has to sign in again to go on.' },
  csrf_failed: { status: 403, title: 'The request failed the cross-site check.' },
  not_a_navigation: { status: 403, title: 'This address is for navigation in a browser only.' },
  access_denied: { status: 403, title: 'Access was denied by a policy of the organisation.' },
  not_found: { status: 404, title: 'There is nothing at this address.' },
  unknown_upstream: { status: 404, title: 'There is no API of this name.' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here.' },
  user_changed: { status: 409, title: 'Another user is signed in now.' },
  body_too_large: { status: 413, title: 'The body of the request is too large.' },
  too_many_requests: { status: 429, title: 'Too many requests from this address.' },
  server_error: { status: 500, title: 'The request failed.' },
  identity_provider_error: { status: 502, title: 'The identity provider gave an unknown answer.' },
  upstream_unavailable: { status: 502, title: 'The API could not be reached.' },
  upstream_invalid: { status: 502, title: 'The API gave an answer that cannot be passed on.' },
  storage_unavailable: { status: 503, title: 'The session storage is not available.' },
  vault_unavailable: { status: 503, title: 'The key vault is not available.' },
  identity_provider_unavailable: { status: 503, title: 'The identity provider is not available.' },
  configuration_error: { status: 503, title: 'The service is not configured correctly.' },
  upstream_busy: { status: 503, title: 'Too many calls of the API are under way.' },
  upstream_timeout: { status: 504, title: 'The API did not answer in time.' },
} as const satisfies Record<string, { status: number; title: string }>

/** A code of the closed list of problems. */
export type ProblemCode = keyof typeof problems

/** What the one button of an error page offers. */
export type SignInAction = 'sign_in' | 'other_account' | 'try_again'

/** What a person reads where the way to one of our pages is refused. */
export const navigationErrors = {
  invalid_return_to: {
    sentence: 'The link that brought you here leads to another site.',
    action: 'sign_in',
  },
  invalid_parameter: {
    sentence: 'The link that brought you here is not complete.',
    action: 'sign_in',
  },
  not_a_navigation: {
    sentence: 'This page has to be opened in a window of its own.',
    action: 'sign_in',
  },
  csrf_failed: {
    sentence: 'This request did not come from a page of this app, so nothing was done.',
    action: 'back',
  },
  method_not_allowed: { sentence: 'This page cannot be opened in this way.', action: 'back' },
  body_too_large: { sentence: 'This request is too large, so nothing was done.', action: 'back' },
  too_many_requests: {
    sentence: 'Too many sign-ins came from your network at once. Try again in a minute.',
    action: 'try_again',
  },
  server_error: {
    sentence: 'Something went wrong in this app. Try again in a moment.',
    action: 'try_again',
  },
} as const satisfies Partial<
  Record<ProblemCode, { sentence: string; action: SignInAction | 'back' }>
>

/** Every `auth_error` with the status of its page, its sentence for a person and its one action. */
export const signInErrors = {
  login_cancelled: { status: 200, sentence: 'You cancelled the sign-in.', action: 'sign_in' },
  password_reset_requested: {
    status: 200,
    sentence: 'You asked to reset your password. Sign in again afterwards.',
    action: 'sign_in',
  },
  login_not_started: {
    status: 400,
    sentence: 'This sign-in was not started in this browser.',
    action: 'sign_in',
  },
  login_expired: {
    status: 400,
    sentence: 'This sign-in took too long or was already used.',
    action: 'sign_in',
  },
  login_failed: { status: 400, sentence: 'The sign-in could not be completed.', action: 'sign_in' },
  login_required: { status: 403, sentence: 'You are not signed in yet.', action: 'sign_in' },
  interaction_required: {
    status: 403,
    sentence: 'Your organisation asks for one more step to sign in.',
    action: 'sign_in',
  },
  consent_required: {
    status: 403,
    sentence: 'This app needs your permission before you can sign in.',
    action: 'sign_in',
  },
  admin_consent_required: {
    status: 403,
    sentence: 'An administrator has to approve this app before you can sign in.',
    action: 'other_account',
  },
  access_denied: {
    status: 403,
    sentence: 'You are not assigned to this app. Ask its owner to add you.',
    action: 'other_account',
  },
  access_blocked: {
    status: 403,
    sentence: 'A policy of your organisation blocked this sign-in.',
    action: 'other_account',
  },
  tenant_not_allowed: {
    status: 403,
    sentence: 'Accounts of your organisation cannot use this app.',
    action: 'other_account',
  },
  user_changed: {
    status: 403,
    sentence:
      'You signed in with another account than the one that was asked. That one is still signed in here.',
    action: 'sign_in',
  },
  identity_provider_unavailable: {
    status: 503,
    sentence: 'The sign-in service is not answering. Try again in a moment.',
    action: 'try_again',
  },
  storage_unavailable: {
    status: 503,
    sentence: 'This app cannot sign anyone in right now. Try again in a moment.',
    action: 'try_again',
  },
  vault_unavailable: {
    status: 503,
    sentence: 'This app cannot sign anyone in right now. Try again in a moment.',
    action: 'try_again',
  },
  configuration_error: {
    status: 503,
    sentence: 'This app is not set up correctly. Tell its owner.',
    action: 'try_again',
  },
} as const satisfies Record<string, { status: number; sentence: string; action: SignInAction }>

/** A code of the closed list of `auth_error`. */
export type SignInErrorCode = keyof typeof signInErrors

/** Why a 401 `interaction_required` or a 403 `access_denied` was answered; `code` decides, this explains. */
export type ProblemReason =
  'claims' | 'consent' | 'step_up' | 'conditional_access' | 'admin_consent' | 'role' | 'group'

/** What an error carries beside its code: some for the answer, the rest for the log only. */
export interface ErrorDetails {
  readonly reason?: ProblemReason
  readonly check?: 'fetch-site' | 'origin' | 'header'
  readonly parameter?: string
  /** Methods of a 405. */
  readonly allow?: readonly string[]
  /** Whole seconds that a dependency asked to wait. */
  readonly retryAfterSeconds?: number
  /** Id of a stored step-up, for the loginUrl of `interaction_required`. */
  readonly step?: string
  readonly loginFailure?: LoginFailureReason
  /** How far a clock outside is ahead of ours; below 0: behind. */
  readonly skewSeconds?: number
  readonly idp?: IdpDiagnostics
  readonly dependency?: DependencyFailure
  readonly cause?: unknown
}

/**
 * The one error of this app. `code` is what a browser may learn, the message is for developers:
 * lower case, the thing in quotes, never a value from outside.
 */
export class BffError extends Error {
  override readonly name = 'BffError'
  readonly code: ProblemCode | SignInErrorCode
  readonly details: ErrorDetails

  constructor(code: ProblemCode | SignInErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.details = details
  }
}

/** Tells whether a code is one of the API's problems. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problems, code)
}

/** Tells whether a code is one of the sign-in errors. */
export function isSignInErrorCode(code: string): code is SignInErrorCode {
  return Object.hasOwn(signInErrors, code)
}
