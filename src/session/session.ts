import { createHash } from 'node:crypto'
import { BffError } from '../errors.ts'
import { absoluteExpiry, sessionBucket, toSeconds } from './expiry.ts'
import { type SessionHandle, type StateHandle, unsignedState } from './handles.ts'
import { type Sealer, createSealer } from './sealing.ts'
import { type SessionKey, randomText } from './session-key.ts'
import type { IndexRow, RowAddress, SessionRow } from './stores.ts'
import { type User, userKey } from './user.ts'

const maxSealedLength = 512 * 1024
const maxUserAgentLength = 256

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

/** Where the row of a session lies. */
export function sessionAddress(key: SessionKey, handle: SessionHandle): RowAddress {
  return { shard: handle.shard, bucket: handle.bucket, hash: key.hash('session row', handle.id) }
}

/** What a sign-in brings for its session. Times in seconds. */
export interface SessionStart {
  readonly key: SessionKey
  readonly derived: DerivedSession
  readonly content: Omit<SessionContent, 'absoluteExpiresAt'>
  readonly sid: string | undefined
  readonly tokens: {
    readonly expiresIn: number
    readonly refreshToken?: string | undefined
    readonly refreshTokenExpiresIn?: number | undefined
  }
  readonly userAgent: string
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Builds the rows of a new session; throws `login_failed` where it would be too large. */
export function startSession(
  start: SessionStart,
  times: SessionTimes,
): { readonly row: SessionRow; readonly index: IndexRow[]; readonly content: SessionContent } {
  const { key, derived, tokens } = start
  const now = toSeconds(start.now)
  const content = { ...start.content, absoluteExpiresAt: derived.absoluteExpiresAt }
  const expiresAt = sessionEnd(derived.absoluteExpiresAt, now, tokens)
  const salt = randomText(16)
  const sealer = createSealer({ key, secret: derived.handle.secret, salt, at: derived.at })
  const sealed = {
    content: sealer.seal('content', JSON.stringify(content)),
    refresh: tokens.refreshToken ? sealer.seal('refresh', tokens.refreshToken) : '',
  }
  if (sealed.content.length + sealed.refresh.length > maxSealedLength)
    throw new BffError('login_failed', 'the session is too large', {
      loginFailure: 'session_too_large',
    })
  const row: SessionRow = {
    expiresAt,
    idleExpiresAt: Math.min(now + times.sessionIdleSeconds, expiresAt),
    createdAt: now,
    accessTokenExpiresAt: now + tokens.expiresIn,
    refreshedAt: 0,
    generation: 1,
    leaseId: '',
    leaseUntil: 0,
    retryAt: 0,
    sidHash: start.sid === undefined ? '' : key.hash('sid index', start.sid),
    userHash: key.hash('user index', userKey(content.user)),
    salt,
    sealed,
  }
  return { row, content, index: indexRows({ key, at: derived.at, row, content }, start.userAgent) }
}

/**
 * When a session ends at the latest: never after what its refresh token allows, and without one
 * with its access token (draft-ietf-oauth-browser-based-apps §6.1.2.2). Seconds.
 */
export function sessionEnd(
  absoluteExpiresAt: number,
  now: number,
  tokens: SessionStart['tokens'],
): number {
  if (tokens.refreshToken === undefined) return Math.min(absoluteExpiresAt, now + tokens.expiresIn)
  if (tokens.refreshTokenExpiresIn === undefined) return absoluteExpiresAt
  return Math.min(absoluteExpiresAt, now + tokens.refreshTokenExpiresIn)
}

/**
 * The index rows of a session; the user row holds the user agent, sealed for that user. They last to
 * the session's absolute end: its row's own may be sooner, and a renewal may move it.
 */
export function indexRows(
  { key, at, row, content }: Pick<OpenSession, 'key' | 'at' | 'row' | 'content'>,
  userAgent: string,
): IndexRow[] {
  const entry = { session: at, expiresAt: content.absoluteExpiresAt }
  const sealed = userSealer(key, at, row.salt, content.user).seal(
    'user-agent',
    userAgent.slice(0, maxUserAgentLength),
  )
  const rows = [{ ...entry, hash: row.userHash, sealed: `${row.salt}.${sealed}` }]
  return row.sidHash === '' ? rows : [...rows, { ...entry, hash: row.sidHash, sealed: '' }]
}

/** Opens the user agent of an index row of the same user; empty where it cannot be opened. */
export function openUserAgent(key: SessionKey, entry: IndexRow, user: User): string {
  const [salt = '', sealed = ''] = entry.sealed.split('.')
  return userSealer(key, entry.session, salt, user).open('user-agent', sealed) ?? ''
}

function userSealer(key: SessionKey, at: RowAddress, salt: string, user: User): Sealer {
  return createSealer({ key, secret: userKey(user), salt, at })
}
