import {
  constants,
  createHash,
  privateDecrypt,
  privateEncrypt,
  randomBytes,
  type KeyObject,
} from 'node:crypto'

export type SigningAlgorithm = 'RS256' | 'PS256'

/** Signs a SHA-256 digest, as the vault's sign operation does: the data itself never reaches it. */
export function signDigest(algorithm: SigningAlgorithm, digest: Buffer, key: KeyObject): Buffer {
  return algorithm === 'RS256' ? signPkcs1(digest, key) : signPss(digest, key)
}

/** RFC 8017 §8.2; the prefix is the DER of DigestInfo for SHA-256 (§9.2, note 1). */
function signPkcs1(digest: Buffer, key: KeyObject): Buffer {
  const prefix = Buffer.from('3031300d060960864801650304020105000420', 'hex')
  const padding = constants.RSA_PKCS1_PADDING
  return privateEncrypt({ key, padding }, Buffer.concat([prefix, digest]))
}

/** RFC 8017 §8.1. */
function signPss(digest: Buffer, key: KeyObject): Buffer {
  const bits = (key.asymmetricKeyDetails?.modulusLength ?? 2048) - 1
  // Decrypting without padding is the bare RSA private-key operation.
  return privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, encodePss(digest, bits))
}

/** EMSA-PSS-ENCODE (RFC 8017 §9.1.1) with a salt as long as the digest. */
function encodePss(digest: Buffer, bits: number): Buffer {
  const length = Math.ceil(bits / 8)
  const salt = randomBytes(digest.length)
  const hash = sha256(Buffer.concat([Buffer.alloc(8), digest, salt]))
  const padding = Buffer.alloc(length - salt.length - hash.length - 2)
  const block = Buffer.concat([padding, Buffer.from([1]), salt])
  const mask = maskGeneration(hash, block.length)
  const masked = block.map((byte, index) => byte ^ (mask[index] ?? 0))
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits))
  return Buffer.concat([masked, hash, Buffer.from([0xbc])])
}

/** MGF1 (RFC 8017 B.2.1). */
function maskGeneration(seed: Buffer, length: number): Buffer {
  const blocks: Buffer[] = []
  for (let counter = 0; counter * 32 < length; counter += 1) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    blocks.push(sha256(Buffer.concat([seed, count])))
  }
  return Buffer.concat(blocks).subarray(0, length)
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest()
}
