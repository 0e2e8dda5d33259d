import { type SessionKey, equalText } from '../keys/session-key.ts'
import type { SessionKeys } from '../keys/session-keys.ts'

/** What the session cookie holds, beside its MAC. */
export interface SessionHandle {
  readonly keyId: string
  readonly shard: string
  /** Hour of the absolute expiry, 6 digits. */
  readonly bucket: string
  /** 16 bytes, base64url: finds the row. */
  readonly id: string
  /** 32 bytes, base64url: opens it. */
  readonly secret: string
}

/** A handle that this app made, and the key that it was made with. */
export interface ProvenHandle {
  readonly key: SessionKey
  readonly handle: SessionHandle
}

const pattern = /^v1\.([0-9a-f]{8})\.([0-9a-f]{2})(\d{6})\.([\w-]{22})\.([\w-]{43})\.([\w-]{43})$/

/** The value of the session cookie: 131 characters, the last 43 a MAC over all before. */
export function formatSessionCookie({ key, handle }: ProvenHandle): string {
  return `${unsigned(handle)}.${macOf(key, handle)}`
}

/**
 * Proves a session cookie's value, without storage: a forged one must not cost a read, let alone in a
 * partition of the sender's choice. Undefined where it is none of ours: another shape, or the key is
 * no longer read. Throws `vault_unavailable` where the key cannot be looked up.
 */
export async function proveSessionCookie(
  text: string | undefined,
  keys: Pick<SessionKeys, 'find'>,
): Promise<ProvenHandle | 'forged' | undefined> {
  const [, keyId, shard, bucket, id, secret, mac] = pattern.exec(text ?? '') ?? []
  if (mac === undefined) return undefined
  const key = await keys.find(keyId!)
  if (key === undefined) return undefined
  const handle = { keyId: keyId!, shard: shard!, bucket: bucket!, id: id!, secret: secret! }
  return equalText(macOf(key, handle), mac) ? { key, handle } : 'forged'
}

function unsigned({ keyId, shard, bucket, id, secret }: SessionHandle): string {
  return `v1.${keyId}.${shard}${bucket}.${id}.${secret}`
}

function macOf(key: SessionKey, handle: SessionHandle): string {
  return key.hash('session mac', unsigned(handle))
}
