import { generateKeyPair, randomBytes, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

/** A key that tokens are signed with (RS256). */
export interface SigningKey {
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

/** The key in use and the further ones that are published beside it. */
export interface KeyRing {
  current: SigningKey
  others: SigningKey[]
}

const generate = promisify(generateKeyPair)

export async function createKeyRing(): Promise<KeyRing> {
  const [current, other] = await Promise.all([createSigningKey(), createSigningKey()])
  return { current, others: [other] }
}

export async function createSigningKey(): Promise<SigningKey> {
  const pair = await generate('rsa', { modulusLength: 2048 })
  // As in Entra, whose key ids are the certificate's SHA-1 thumbprint.
  return { kid: randomBytes(20).toString('base64url'), ...pair }
}

/** Replaces the key in use; the old one stays published unless it is retired. */
export async function rollOver(ring: KeyRing, retire: boolean): Promise<void> {
  const replaced = ring.current
  ring.current = await createSigningKey()
  ring.others = retire ? [] : [...ring.others, replaced]
}

/** Every published key. */
export function publishedKeys(ring: KeyRing): SigningKey[] {
  return [ring.current, ...ring.others]
}

/** A key as Entra's JWKS lists it: no `alg`, but `x5t` and `issuer`. */
export function publicJwk(key: SigningKey, issuer: string): Record<string, unknown> {
  const { n, e } = key.publicKey.export({ format: 'jwk' })
  return {
    kty: 'RSA',
    use: 'sig',
    kid: key.kid,
    x5t: key.kid,
    n,
    e,
    cloud_instance_name: 'microsoftonline.com',
    issuer,
  }
}
