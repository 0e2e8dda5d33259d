/**
 * The two handles that leave this app. Shard and bucket travel in them, so that every read is a
 * point read; they are no secret, and a wrong one finds nothing.
 */
export interface StateHandle {
  readonly keyId: string
  readonly shard: string
  /** Expiry bucket of the login: 5 minutes each, 7 digits. */
  readonly bucket: string
  /** 32 random bytes, base64url. */
  readonly random: string
  /** MAC over all of it and the binding cookie, base64url. */
  readonly mac: string
}

/** What the session cookie holds. */
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

const statePattern = /^v1\.([0-9a-f]{8})\.([0-9a-f]{2})(\d{7})\.([\w-]{43})\.([\w-]{43})$/
const sessionPattern = /^v1\.([0-9a-f]{8})\.([0-9a-f]{2})(\d{6})\.([\w-]{22})\.([\w-]{43})$/

/** The part of `state` that its MAC covers. */
export function unsignedState(handle: Omit<StateHandle, 'mac'>): string {
  return `v1.${handle.keyId}.${handle.shard}${handle.bucket}.${handle.random}`
}

/** Reads a `state`; undefined where its shape is not ours. */
export function parseState(text: string): StateHandle | undefined {
  const [, keyId, shard, bucket, random, mac] = statePattern.exec(text) ?? []
  return mac === undefined
    ? undefined
    : { keyId: keyId!, shard: shard!, bucket: bucket!, random: random!, mac }
}

/** The value of the session cookie: 87 characters. */
export function formatSession(handle: SessionHandle): string {
  return `v1.${handle.keyId}.${handle.shard}${handle.bucket}.${handle.id}.${handle.secret}`
}

/** Reads a session cookie's value; undefined where its shape is not ours. */
export function parseSession(text: string | undefined): SessionHandle | undefined {
  const [, keyId, shard, bucket, id, secret] = sessionPattern.exec(text ?? '') ?? []
  return secret === undefined
    ? undefined
    : { keyId: keyId!, shard: shard!, bucket: bucket!, id: id!, secret }
}
