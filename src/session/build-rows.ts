import { BffError } from '../base/errors.ts'
import { toSeconds } from '../stores/expiry.ts'
import { indexRows } from './index-rows.ts'
import { createSealer } from '../keys/sealing.ts'
import { randomText } from '../keys/session-key.ts'
import type { DerivedSession, SessionContent, SessionTimes } from './session.ts'
import type { IndexRow, SessionRow } from '../stores/ports.ts'
import { userKey } from './user.ts'

const maxSealedLength = 512 * 1024

/** What a sign-in brings for its session. Times in seconds. */
export interface SessionStart {
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
export function buildSessionRows(
  start: SessionStart,
  times: SessionTimes,
): { readonly row: SessionRow; readonly index: IndexRow[]; readonly content: SessionContent } {
  const { derived, tokens } = start
  const { key } = derived
  const now = toSeconds(start.now)
  // The partition's end is rounded up, so that a repeated callback finds it; the session's is not.
  const absoluteExpiresAt = Math.min(derived.absoluteExpiresAt, now + times.sessionAbsoluteSeconds)
  const content = { ...start.content, absoluteExpiresAt }
  const expiresAt = sessionEnd(absoluteExpiresAt, now, tokens)
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
