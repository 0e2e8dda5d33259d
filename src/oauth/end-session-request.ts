/** A sign-out at the identity provider (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  /** The `login_hint` claim of the session; never a user name. */
  readonly logoutHint?: string
  readonly state: string
}
