/** What one sign-in asks of the authorization endpoint, beside what the app registration fixes. */
export interface AuthorizationRequest {
  readonly state: string
  readonly nonce: string
  /** Only its S256 challenge travels. */
  readonly codeVerifier: string
  /** In place of the sign-in scopes, for a step-up of an upstream; `openid` is added where missing. */
  readonly scopes?: readonly string[]
  readonly prompt?: 'login' | 'select_account' | 'consent' | 'none'
  readonly loginHint?: string
  readonly domainHint?: string
  readonly uiLocales?: string
  /** JSON of a claims challenge. */
  readonly claims?: string
  /** Seconds since the last authentication that are accepted. */
  readonly maxAge?: number
}
