import type { ProblemReason } from '../base/errors.ts'
import type { DependencyFailure, IdpDiagnostics } from '../base/events.ts'

/** What the identity provider is asked for with a refresh token (RFC 6749 §6). */
export interface RenewalRequest {
  readonly refreshToken: string
  /** Of one resource: the sign-in scopes or an API's. */
  readonly scopes: readonly string[]
  /** Whether they are an API's: then a refusal may mean that API alone. */
  readonly forApi?: boolean
  /** JSON of a claims challenge to satisfy. */
  readonly claims?: string
  /** How long the renewal may take, in milliseconds: it ends well before its lease. */
  readonly timeoutMs: number
  readonly expected: ExpectedSubject
}

/** What a refreshed ID token must repeat of the sign-in's (OpenID Connect Core 1.0 §12.2). */
export interface ExpectedSubject {
  readonly iss: string
  readonly sub: string
  readonly tid: string
  readonly nonce: string
}

/** Tokens of a renewal; times in seconds. */
export interface RenewedTokens {
  readonly accessToken: string
  readonly expiresIn: number
  readonly refreshToken?: string
  readonly refreshTokenExpiresIn?: number
}

/** Why a renewal ended its session. */
export type RenewalEndReason = 'invalid_grant' | 'id_token_invalid' | 'subject_mismatch' | 'risk'

/**
 * What a renewal came to. Only `ended` ends the session; `doubtful` is a grant that was refused for
 * an API, perhaps for that API alone. Nothing of it may reach the browser as it is.
 */
export type RenewalOutcome = RenewalSuccess | UnsuccessfulRenewal

/** New tokens, and the claims of the new ID token where one came. */
export interface RenewalSuccess {
  readonly kind: 'refreshed'
  readonly tokens: RenewedTokens
  readonly claims?: Readonly<Record<string, unknown>>
}

/** Everything but new tokens. */
export type UnsuccessfulRenewal =
  | { readonly kind: 'ended'; readonly reason: RenewalEndReason; readonly idp: IdpDiagnostics }
  | {
      readonly kind: 'interaction'
      readonly reason: ProblemReason
      /** JSON of the challenge, for the next authorization request. */
      readonly claims?: string
      readonly idp: IdpDiagnostics
    }
  | DeniedRenewal
  | { readonly kind: 'doubtful'; readonly idp: IdpDiagnostics }
  | FailedRenewal

/** The user may not have this token; the session is kept. */
export interface DeniedRenewal {
  readonly kind: 'denied'
  readonly reason?: ProblemReason
  readonly idp: IdpDiagnostics
  /** A rotated token that came with the proof that the grant is alive. */
  readonly refreshToken?: string
}

/** A renewal that says nothing of the session, which is kept. */
export interface FailedRenewal {
  readonly kind: 'failed'
  readonly code:
    | 'identity_provider_unavailable'
    | 'identity_provider_error'
    | 'configuration_error'
    | 'vault_unavailable'
  /** Whole seconds, at most 120. */
  readonly retryAfterSeconds?: number
  /** A rotated token that came with an answer which could not be checked: it is kept, no more. */
  readonly refreshToken?: string
  readonly idp?: IdpDiagnostics
  /** How far the provider's clock is ahead of ours; below 0: behind. */
  readonly skewSeconds?: number
  /** For `bff.dependency.failed`. */
  readonly dependency?: DependencyFailure
}

/** Asks the identity provider for new tokens; throws nothing but faults of this program. */
export type RequestRenewal = (request: RenewalRequest) => Promise<RenewalOutcome>
