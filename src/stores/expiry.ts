const loginBucketSeconds = 5 * 60
const sessionBucketSeconds = 60 * 60

/** The expiry bucket of a login that ends at `expiresAt` (seconds): never before it ends. */
export function loginBucket(expiresAt: number): string {
  return String(Math.ceil(expiresAt / loginBucketSeconds)).padStart(7, '0')
}

/** The expiry bucket of a session whose absolute end is `expiresAt` (seconds). */
export function sessionBucket(expiresAt: number): string {
  return String(Math.ceil(expiresAt / sessionBucketSeconds)).padStart(6, '0')
}

/**
 * Absolute end of the session that a login leads to, in seconds. It follows from the login's
 * bucket, not from the clock, so that a repeated callback computes the same partition.
 */
export function absoluteExpiry(
  bucket: string,
  times: { readonly loginTtlSeconds: number; readonly sessionAbsoluteSeconds: number },
): number {
  return Number(bucket) * loginBucketSeconds - times.loginTtlSeconds + times.sessionAbsoluteSeconds
}

/** How often an idle time is written at most, in seconds: 5 minutes, or a twelfth of it. */
export function touchInterval(sessionIdleSeconds: number): number {
  return Math.min(5 * 60, Math.floor(sessionIdleSeconds / 12))
}

/** Whole seconds since 1970 of a clock in milliseconds. */
export function toSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000)
}
