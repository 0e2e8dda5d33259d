/** What discovery told of the identity provider, checked (OpenID Connect Discovery 1.0 §3). */
export interface ProviderMetadata {
  /** As published: Entra's multi-tenant metadata has `{tenantid}` in it. */
  readonly issuer: string
  readonly authorizationEndpoint: URL
  readonly tokenEndpoint: URL
  readonly jwksUri: URL
  readonly endSessionEndpoint: URL | undefined
  /** Whether authorization responses always carry `iss` (RFC 9207 §3). */
  readonly sendsIssuer: boolean
}
