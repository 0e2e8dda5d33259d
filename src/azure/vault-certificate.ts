import {
  constants,
  createHash,
  createPrivateKey,
  type KeyObject,
  sign as signData,
  X509Certificate,
} from 'node:crypto'
import type { SigningCertificate } from '../base/secrets.ts'
import { vaultContentError } from './vault-errors.ts'

/**
 * A certificate with PEM content: certificate and chain, with the private key before or after them
 * unless the key stays in the vault, which then signs a SHA-256 digest by `signInVault`.
 * Throws `configuration_error` for anything else.
 */
export function signingCertificate(
  pem: string,
  version: string,
  signInVault: (digest: Uint8Array) => Promise<Uint8Array>,
): SigningCertificate {
  const key = privateKeyOf(pem)
  const certificate = leafOf(pem, key)
  if (certificate.publicKey.asymmetricKeyType !== 'rsa')
    throw vaultContentError('read_certificate', 'the certificate must have an RSA key')
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    version,
    sign: (data) =>
      key === undefined
        ? signInVault(createHash('sha256').update(data).digest())
        : Promise.resolve(signPs256(data, key)),
  }
}

/** PS256 (RFC 7518 §3.5): RSASSA-PSS, SHA-256, a salt as long as the digest. */
function signPs256(data: Uint8Array, key: KeyObject): Uint8Array {
  return signData('sha256', data, {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  })
}

function privateKeyOf(pem: string): KeyObject | undefined {
  const [block] = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----[^-]+-----END [^-]+-----/.exec(pem) ?? []
  if (block === undefined) return undefined
  try {
    return createPrivateKey(block)
  } catch {
    throw vaultContentError('read_certificate', 'the private key cannot be read')
  }
}

/** The certificate that the key belongs to; without a key the first one (RFC 8555 §9.1). */
function leafOf(pem: string, key: KeyObject | undefined): X509Certificate {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  const leaf = blocks
    .map(readCertificate)
    .find((certificate) => key === undefined || certificate.checkPrivateKey(key))
  if (leaf === undefined)
    throw vaultContentError('read_certificate', 'there is no certificate in PEM for its key')
  return leaf
}

function readCertificate(block: string): X509Certificate {
  try {
    return new X509Certificate(block)
  } catch {
    throw vaultContentError('read_certificate', 'a certificate cannot be read')
  }
}
