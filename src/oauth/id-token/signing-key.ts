import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** As FIPS 186-5 §5.4 wants them; with the exponent 1 anybody could sign. */
const minimumBits = 2048
const minimumExponent = 65_537n

/** A key of the provider's set. */
export interface SigningKey {
  readonly kid: unknown
  /** The issuer that it signs for, where the set says; Entra's sets do. */
  readonly issuer: unknown
  /** Whether the set lets it check RS256 signatures (RFC 7517 §4). */
  readonly isForSignatures: boolean
  /** Checks RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3); false too where the key is no good. */
  verifies(signed: Buffer, signature: Buffer): boolean
}

/**
 * A signing key from its JWK. Checked by `node:crypto` at once, on this thread: for each sign-in that
 * saves WebCrypto's way to another thread and back, and a response object around every token.
 */
export function createSigningKey(jwk: Readonly<Record<string, unknown>>): SigningKey {
  let imported: KeyObject | undefined
  return {
    kid: jwk['kid'],
    issuer: jwk['issuer'],
    isForSignatures: isForSignatures(jwk),
    verifies(signed, signature) {
      imported ??= importRsa(jwk)
      return imported !== undefined && verify('RSA-SHA256', signed, imported, signature)
    },
  }
}

function isForSignatures({ kty, alg, use, key_ops }: Readonly<Record<string, unknown>>): boolean {
  return (
    kty === 'RSA' &&
    (alg === undefined || alg === 'RS256') &&
    (use === undefined || use === 'sig') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify')))
  )
}

/** Of the JWK only the public part is read; undefined where it is none, or weak. */
function importRsa({ n, e }: Readonly<Record<string, unknown>>): KeyObject | undefined {
  if (typeof n !== 'string' || typeof e !== 'string') return undefined
  try {
    const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
    return modulusLength >= minimumBits && publicExponent >= minimumExponent ? key : undefined
  } catch {
    return undefined
  }
}
