/** The tokens of one answer of the token endpoint; all are opaque here. */
export interface TokenSet {
  readonly accessToken: string
  /** Seconds, whole, 0 to 86,400 × 2; 300 where the provider does not say. */
  readonly expiresIn: number
  readonly refreshToken?: string
  /** Seconds until the refresh token ends, where the provider says. */
  readonly refreshTokenExpiresIn?: number
  /** Granted scopes, space-separated. */
  readonly scope?: string
}
