import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SessionKey } from './session-key.ts'
import type { RowAddress } from '../stores/ports.ts'

const nonceLength = 12
const tagLength = 16

/** Seals and opens the columns of one row. */
export interface Sealer {
  seal(purpose: string, text: string): string
  /** Undefined where the text was altered, moved from another row or column, or the key is wrong. */
  open(purpose: string, sealed: string): string | undefined
}

/**
 * AES-256-GCM under HKDF(session key ‖ the secret that only a cookie holds, salt of the row). The
 * additional data bind a text to version, key, column and row, so that none can be moved.
 */
export function createSealer(row: {
  readonly key: SessionKey
  readonly secret: string
  /** base64url, stored in the row. */
  readonly salt: string
  readonly at: RowAddress
}): Sealer {
  const { key, at } = row
  const cipherKey = key.derive(row.secret, Buffer.from(row.salt, 'base64url'), 'entra-bff seal', 32)
  const boundTo = (purpose: string) =>
    Buffer.from(`v1|${key.id}|${purpose}|${at.shard}|${at.bucket}|${at.hash}`)
  return {
    seal(purpose, text) {
      const nonce = randomBytes(nonceLength)
      const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce).setAAD(boundTo(purpose))
      const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]
      return Buffer.concat(sealed).toString('base64url')
    },
    open(purpose, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < nonceLength + tagLength) return undefined
      const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, nonceLength), {
        authTagLength: tagLength,
      })
      decipher.setAAD(boundTo(purpose)).setAuthTag(bytes.subarray(-tagLength))
      const text = decipher.update(bytes.subarray(nonceLength, -tagLength))
      try {
        return Buffer.concat([text, decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
