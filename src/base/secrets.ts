/** One version of a secret in the vault. */
export interface SecretVersion {
  readonly value: string
  /** The vault's version id. */
  readonly version: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** A certificate with what can sign for it: its private key here, or the vault that keeps it. */
export interface SigningCertificate {
  /** SHA-256 of the DER certificate, base64url: the `x5t#S256` of a client assertion. */
  readonly thumbprint: string
  readonly version: string
  /** Signs with PS256 (RSASSA-PSS, SHA-256). */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/** What this app asks of Key Vault. Faults are `vault_unavailable`; a missing or forbidden secret is `configuration_error`. */
export interface Vault {
  /** The current version of a secret. */
  readSecret(name: string): Promise<SecretVersion>
  /** Every enabled, unexpired version of a secret, oldest first. */
  listSecretVersions(name: string): Promise<readonly SecretVersion[]>
  /** The current version of a certificate with PEM content. */
  readCertificate(name: string): Promise<SigningCertificate>
}

/** A token of the managed identity as a client assertion for `audience` (`api://AzureADTokenExchange`). */
export type ManagedIdentityAssertion = (audience: string) => Promise<string>
