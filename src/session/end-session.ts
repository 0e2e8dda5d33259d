import type { SessionEndReason, WriteEvent } from '../events.ts'
import type { OpenSession } from './session.ts'
import type { SessionKeys } from './session-keys.ts'
import type { IndexRow, RowAddress, SessionIndex, SessionStore } from './stores.ts'
import { userKey } from './user.ts'

/** What it takes to end sessions. */
export interface SessionEnding {
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly sessionKeys: SessionKeys
  readonly write: WriteEvent
}

/** Ends one open session: its row and, beside it, its index rows. Throws `storage_unavailable`. */
export async function endSession(
  session: OpenSession,
  reason: SessionEndReason,
  ending: SessionEnding,
): Promise<void> {
  const { at, row } = session
  const hashes = [row.userHash, row.sidHash].filter((hash) => hash !== '')
  const [deleted] = await Promise.all([
    ending.sessions.delete(at),
    ending.index.remove(hashes.map((hash) => ({ hash, session: at }))),
  ])
  if (deleted)
    ending.write('bff.session.ended', {
      session: at.hash.slice(0, 8),
      userId: session.content.user.id,
      reason,
    })
}

/** Ends every session of the user of an open session, that one included. */
export async function endEverywhere(session: OpenSession, ending: SessionEnding): Promise<void> {
  const others = await findUserSessions(session, ending)
  await endIndexed(
    others.filter(({ session: at }) => at.hash !== session.at.hash),
    { reason: 'everywhere', userId: session.content.user.id },
    ending,
  )
  await endSession(session, 'everywhere', ending)
}

/** Index rows of all sessions of the user, under every readable key, live or not. */
export async function findUserSessions(
  session: OpenSession,
  ending: Pick<SessionEnding, 'index' | 'sessionKeys'>,
): Promise<readonly IndexRow[]> {
  const user = userKey(session.content.user)
  const keys = await ending.sessionKeys.readable()
  return ending.index.find(keys.map((key) => key.hash('user index', user)))
}

/** Ends every session that the provider knows by `sid` (OpenID Connect Front-Channel Logout 1.0). */
export async function endBySid(sid: string, ending: SessionEnding): Promise<void> {
  const keys = await ending.sessionKeys.readable()
  const found = await ending.index.find(keys.map((key) => key.hash('sid index', sid)))
  await endIndexed(found, { reason: 'front_channel' }, ending)
}

/** Ends the sessions that index rows point to: rows first, so that a pointer is lost last. */
export async function endIndexed(
  entries: readonly IndexRow[],
  why: { readonly reason: SessionEndReason; readonly userId?: string },
  ending: Pick<SessionEnding, 'sessions' | 'index' | 'write'>,
): Promise<void> {
  await Promise.all(
    entries.map(async ({ session: at }) => {
      if (await ending.sessions.delete(at))
        ending.write('bff.session.ended', { session: shortHash(at), ...why })
    }),
  )
  await ending.index.remove(entries)
}

function shortHash(at: RowAddress): string {
  return at.hash.slice(0, 8)
}
