import {
  type KeyObject,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** What a derived key is used for; each use has a key of its own. */
export type KeyUse =
  | 'state mac'
  | 'session mac'
  | 'login row'
  | 'binding'
  | 'code'
  | 'session row'
  | 'sid index'
  | 'user index'

/** One version of the session key, with everything that is derived from it. */
export interface SessionKey {
  /** 8 hex digits, derived from the key: no secret. */
  readonly id: string
  /** Keyed hash (HMAC-SHA-256) of a text for one use, base64url. */
  hash(use: KeyUse, text: string): string
  /** HKDF-SHA-256 (RFC 5869) over the key and a secret that only a cookie holds. */
  derive(secret: string, salt: Buffer, info: string, length: number): Buffer
}

/** Derives a session key from its bytes, at least 32 of them. */
export function createSessionKey(bytes: Buffer): SessionKey {
  const subkeys = new Map<KeyUse, KeyObject>()
  const subkey = (use: KeyUse): KeyObject => {
    const known = subkeys.get(use)
    if (known !== undefined) return known
    const derived = createSecretKey(hkdf(bytes, Buffer.alloc(0), `entra-bff ${use}`, 32))
    subkeys.set(use, derived)
    return derived
  }
  return {
    id: hkdf(bytes, Buffer.alloc(0), 'entra-bff key id', 4).toString('hex'),
    hash: (use, text) => createHmac('sha256', subkey(use)).update(text).digest('base64url'),
    derive: (secret, salt, info, length) =>
      hkdf(Buffer.concat([bytes, Buffer.from(secret)]), salt, info, length),
  }
}

/**
 * The session key's bytes of one of several front ends: a session of the one is none of the other's,
 * though both read the same setting.
 */
export function frontEndKey(bytes: Buffer, name: string | undefined): Buffer {
  // Bytes too short for a key stay so: whoever reads them refuses them.
  if (name === undefined || bytes.length < 32) return bytes
  return hkdf(bytes, Buffer.alloc(0), `entra-bff front end ${name}`, 32)
}

/** A random value of `length` bytes, base64url. */
export function randomText(length: number): string {
  return randomBytes(length).toString('base64url')
}

/** Compares two texts in constant time; a different length is no secret. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

/**
 * HKDF-SHA-256 (RFC 5869) by its HMACs: for so little data `hkdfSync` takes longer to set up than
 * these take in all.
 */
function hkdf(key: Buffer, salt: Buffer, info: string, length: number): Buffer {
  const extracted = createHmac('sha256', salt).update(key).digest()
  const blocks: Buffer[] = []
  let block = Buffer.alloc(0)
  for (let count = 1; (count - 1) * 32 < length; count++) {
    const hmac = createHmac('sha256', extracted).update(block).update(info)
    block = hmac.update(Uint8Array.of(count)).digest()
    blocks.push(block)
  }
  return Buffer.concat(blocks, length)
}
