import type { ProblemReason } from '../base/errors.ts'
import type { IdpDiagnostics } from '../base/events.ts'
import type { IdTokenClaims } from './id-token/id-token-claims.ts'
import type { DependencyFailure } from './discovery/provider-call.ts'
import type { TokenSet } from './token/token-response.ts'

/** Why a refresh ended its session. */
export type RefreshEndReason = 'invalid_grant' | 'id_token_invalid' | 'subject_mismatch' | 'risk'

/** What a refresh came to. Only `ended` ends the session; nothing of it may reach the browser as it is. */
export type RefreshOutcome =
  | { readonly kind: 'refreshed'; readonly tokens: TokenSet; readonly claims?: IdTokenClaims }
  | { readonly kind: 'ended'; readonly reason: RefreshEndReason; readonly idp: IdpDiagnostics }
  | {
      readonly kind: 'interaction'
      readonly reason: ProblemReason
      /** JSON of the challenge, for the next authorization request. */
      readonly claims?: string
      readonly idp: IdpDiagnostics
    }
  | { readonly kind: 'denied'; readonly reason?: ProblemReason; readonly idp: IdpDiagnostics }
  | RefreshFailure

/** A refresh that says nothing of the session, which is kept. */
export interface RefreshFailure {
  readonly kind: 'failed'
  readonly code:
    | 'identity_provider_unavailable'
    | 'identity_provider_error'
    | 'configuration_error'
    | 'vault_unavailable'
  /** Whole seconds, at most 120. */
  readonly retryAfterSeconds?: number
  /** Came with an answer whose ID token could not be checked: to be kept, and no more. */
  readonly refreshToken?: string
  readonly idp?: IdpDiagnostics
  /** For `bff.dependency.failed`. */
  readonly dependency?: DependencyFailure
}
