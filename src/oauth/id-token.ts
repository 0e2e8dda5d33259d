/**
 * Claims of a validated ID token. Identity is `tid` with `oid` (else `sub`), never a name or address
 * (learn.microsoft.com/entra/identity-platform/claims-validation).
 */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  /** Tenant, a GUID. */
  readonly tid: string
  readonly oid?: string
  readonly nonce?: string
  readonly name?: string
  readonly preferred_username?: string
  readonly email?: string
  readonly roles?: readonly string[]
  readonly sid?: string
  readonly login_hint?: string
  readonly auth_time?: number
  readonly acrs?: readonly string[]
  readonly [claim: string]: unknown
}
