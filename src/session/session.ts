import { createHash } from 'node:crypto'
import { absoluteExpiry, sessionBucket } from '../stores/expiry.ts'
import { type StateHandle, unsignedState } from '../login/state-handle.ts'
import type { Sealer } from '../keys/sealing.ts'
import type { SessionKey } from '../keys/session-key.ts'
import type { RowAddress, SessionRow } from '../stores/ports.ts'
import type { User } from './user.ts'

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

const sessionPattern = /^v1\.([0-9a-f]{8})\.([0-9a-f]{2})(\d{6})\.([\w-]{22})\.([\w-]{43})$/

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
export interface DerivedSession {
  readonly handle: SessionHandle
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
  return { handle: session, at: sessionAddress(key, session), absoluteExpiresAt }
}

/** How log lines name a session: enough to follow it, too little to find it by. */
export function sessionLabel(at: Pick<RowAddress, 'hash'>): string {
  return at.hash.slice(0, 8)
}

/** Where the row of a session lies. */
export function sessionAddress(key: SessionKey, handle: SessionHandle): RowAddress {
  return { shard: handle.shard, bucket: handle.bucket, hash: key.hash('session row', handle.id) }
}
