import type { ErrorDetails, ProblemReason } from '../base/errors.ts'
import type { IdpDiagnostics } from '../base/events.ts'

/** What the identity provider is asked for with a refresh token (RFC 6749 §6). */
export interface RenewalRequest {
  readonly refreshToken: string
  readonly scopes: readonly string[]
  /** JSON of a claims challenge to satisfy. */
  readonly claims?: string
  /** How long the renewal may take, in milliseconds: it ends well before its lease. */
  readonly timeoutMs: number
  /** What a refreshed ID token must agree with. */
  readonly expected: {
    readonly iss: string
    readonly sub: string
    readonly tid: string
    readonly nonce: string
  }
}

/** Tokens of a renewal; `expiresIn` in seconds. */
export interface RenewedTokens {
  readonly accessToken: string
  readonly expiresIn: number
  readonly refreshToken?: string
  readonly refreshTokenExpiresIn?: number
}

/** What a renewal ends in; only `ended` ends the session. */
export type RenewalOutcome =
  | {
      readonly kind: 'refreshed'
      readonly tokens: RenewedTokens
      readonly claims?: Readonly<Record<string, unknown>>
    }
  | { readonly kind: 'ended'; readonly reason: string; readonly idp: IdpDiagnostics }
  | {
      readonly kind: 'interaction'
      readonly reason: ProblemReason
      readonly claims?: string
      readonly idp: IdpDiagnostics
    }
  | { readonly kind: 'denied'; readonly reason?: ProblemReason; readonly idp: IdpDiagnostics }
  | {
      readonly kind: 'failed'
      readonly code:
        | 'identity_provider_unavailable'
        | 'identity_provider_error'
        | 'configuration_error'
        | 'vault_unavailable'
      readonly retryAfterSeconds?: number
      /** A rotated token that came with an answer which could not be checked: it is kept. */
      readonly refreshToken?: string
      readonly idp?: IdpDiagnostics
      /** What failed, for the log. */
      readonly dependency?: NonNullable<ErrorDetails['dependency']>
    }

/** Asks the identity provider for new tokens; throws nothing but faults of this program. */
export type RequestRenewal = (request: RenewalRequest) => Promise<RenewalOutcome>
