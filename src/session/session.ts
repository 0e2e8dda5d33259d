import { createHash } from 'node:crypto'
import { absoluteExpiry, sessionBucket } from '../stores/expiry.ts'
import { type StateHandle, unsignedState } from '../login/state-handle.ts'
import type { Sealer } from '../keys/sealing.ts'
import type { SessionKey } from '../keys/session-key.ts'
import type { RowAddress, SessionRow } from '../stores/ports.ts'
import type { ProvenHandle, SessionHandle } from './session-cookie.ts'
import type { User } from './user.ts'

/** What a session remembers, sealed; tokens lie in columns of their own. */
export interface SessionContent {
  readonly user: User
  /** `iss`, `sub` and `nonce` of the sign-in's ID token: a refreshed one must agree. */
  readonly issuer: string
  readonly subject: string
  readonly nonce: string
  /** Entra's opaque `login_hint` claim, for a sign-out without a question. */
  readonly loginHint: string | undefined
  /** Where the sign-in led, for a repeated callback. */
  readonly returnTo: string
  /** Seconds since 1970; the row's own end may be sooner. */
  readonly absoluteExpiresAt: number
  /** Claims that a step-up has to be shown for, by API. */
  readonly upstreamClaims: Readonly<Record<string, string>>
  /** The step-ups that led to this session, one after the other: `<API>|<reason>`. */
  readonly steppedUp?: readonly string[]
}

/** A session of this request: its row, opened by the cookie's secret. */
export interface OpenSession {
  readonly key: SessionKey
  readonly at: RowAddress
  readonly sealer: Sealer
  readonly row: SessionRow
  readonly version: string
  readonly content: SessionContent
}

/** How long sessions live, in seconds. */
export interface SessionTimes {
  readonly loginTtlSeconds: number
  readonly sessionAbsoluteSeconds: number
  readonly sessionIdleSeconds: number
}

/** The cookie and the row that one callback leads to, however often it is repeated. */
export interface DerivedSession extends ProvenHandle {
  readonly at: RowAddress
  readonly absoluteExpiresAt: number
}

/**
 * Derives id and secret of the session from what only this browser's callback holds, so that a
 * repeated callback can be given the same cookie. The code is in it: nobody who prepared cookie and
 * state beforehand ever receives one.
 */
export function deriveSession(
  login: { readonly key: SessionKey; readonly handle: StateHandle; readonly binding: string },
  code: string,
  times: SessionTimes,
): DerivedSession {
  const { key, handle } = login
  const salt = createHash('sha256')
    .update(`${unsignedState(handle)}\0${code}`)
    .digest()
  const derived = key.derive(login.binding, salt, 'entra-bff session', 48)
  const absoluteExpiresAt = absoluteExpiry(handle.bucket, times)
  const session: SessionHandle = {
    keyId: key.id,
    shard: handle.shard,
    bucket: sessionBucket(absoluteExpiresAt),
    id: derived.subarray(0, 16).toString('base64url'),
    secret: derived.subarray(16).toString('base64url'),
  }
  return { key, handle: session, at: sessionAddress(key, session), absoluteExpiresAt }
}

/** How log lines name a session: enough to follow it, too little to find it by. */
export function sessionLabel(at: Pick<RowAddress, 'hash'>): string {
  return at.hash.slice(0, 8)
}

/** Where the row of a session lies. */
export function sessionAddress(key: SessionKey, handle: SessionHandle): RowAddress {
  return { shard: handle.shard, bucket: handle.bucket, hash: key.hash('session row', handle.id) }
}
