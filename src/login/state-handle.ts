/**
 * What `state` carries. Shard and bucket travel in it, so that every read is a point read; they are
 * no secret, and a wrong one finds nothing.
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

const statePattern = /^v1\.([0-9a-f]{8})\.([0-9a-f]{2})(\d{7})\.([\w-]{43})\.([\w-]{43})$/

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
