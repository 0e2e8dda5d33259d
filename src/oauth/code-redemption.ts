import type { IdTokenClaims } from './id-token.ts'
import type { TokenSet } from './token-response.ts'

/** An authorization code with what its login transaction kept for it. */
export interface CodeRedemption {
  readonly code: string
  readonly codeVerifier: string
  readonly nonce: string
  /** Where the request asked for it: seconds since the last authentication that are accepted. */
  readonly maxAge?: number
  /** Where the request asked for it: authentication contexts that the ID token must name. */
  readonly acrs?: readonly string[]
}

/** A completed sign-in. */
export interface SignedIn {
  readonly tokens: TokenSet
  readonly claims: IdTokenClaims
}
