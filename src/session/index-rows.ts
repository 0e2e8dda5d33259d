import { type Sealer, createSealer } from '../keys/sealing.ts'
import type { SessionKey } from '../keys/session-key.ts'
import type { OpenSession } from './session.ts'
import type { IndexRow, RowAddress } from '../stores/ports.ts'
import { type User, userKey } from './user.ts'

const maxUserAgentLength = 256

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
