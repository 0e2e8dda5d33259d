import { settleBounded } from '../base/bounded.ts'
import { BffError } from '../base/errors.ts'
import { type SessionEndReason, type WriteEvent, writeDependencyFailure } from '../base/events.ts'
import { type OpenSession, sessionLabel } from './session.ts'
import type { SessionKeys } from '../keys/session-keys.ts'
import type {
  IndexRow,
  RowAddress,
  SessionIndex,
  SessionRow,
  SessionStore,
} from '../stores/ports.ts'
import { type User, userKey } from './user.ts'

/** What it takes to end sessions. */
export interface SessionEnding {
  readonly sessions: SessionStore
  readonly index: SessionIndex
  readonly sessionKeys: SessionKeys
  readonly write: WriteEvent
}

/**
 * Ends one open session: its row, then its index rows. A session that could not be ended must still
 * be found by them; once it has ended, rows that a fault leaves behind are the sweep's. Throws
 * `storage_unavailable` where the session goes on.
 */
export async function endSession(
  session: OpenSession,
  reason: SessionEndReason,
  ending: SessionEnding,
): Promise<void> {
  const { at, row } = session
  if (await ending.sessions.delete(at))
    ending.write('bff.session.ended', {
      session: sessionLabel(at),
      userId: session.content.user.id,
      reason,
    })
  await removePointers(pointersOf(at, row), ending)
}

/** Ends every session of the user of an open session, that one included. */
export async function endEverywhere(session: OpenSession, ending: SessionEnding): Promise<void> {
  const others = await findUserSessions(session.content.user, ending)
  await endIndexed(
    others.filter(({ session: at }) => at.hash !== session.at.hash),
    { reason: 'everywhere', userId: session.content.user.id },
    ending,
  )
  await endSession(session, 'everywhere', ending)
}

/** Index rows of all sessions of a user, under every readable key, live or not. */
export async function findUserSessions(
  user: Pick<User, 'id' | 'tenantId'>,
  ending: Pick<SessionEnding, 'index' | 'sessionKeys'>,
): Promise<readonly IndexRow[]> {
  const keys = await ending.sessionKeys.readable()
  return ending.index.find(keys.map((key) => key.hash('user index', userKey(user))))
}

/**
 * Ends every session that the provider knows by `sid` (OpenID Connect Front-Channel Logout 1.0) in
 * the accounts that answer, then throws the first fault: the provider does not ask again.
 */
export async function endBySid(sid: string, ending: SessionEnding): Promise<void> {
  const keys = await ending.sessionKeys.readable()
  const hashes = keys.map((key) => key.hash('sid index', sid))
  const { rows, faults } = await ending.index.findReachable(hashes)
  await endIndexed(rows, { reason: 'front_channel' }, ending)
  if (faults.length > 0) throw faults[0]
}

/**
 * Ends the sessions that index rows point to, past faults, then deletes all index rows that their rows
 * name: while a session goes on, its index rows must still lead to it. Throws `storage_unavailable` where one of them may go on.
 */
export async function endIndexed(
  entries: readonly IndexRow[],
  why: { readonly reason: SessionEndReason; readonly userId?: string },
  ending: Pick<SessionEnding, 'sessions' | 'index' | 'write'>,
): Promise<void> {
  const read = await settleBounded(entries, async (entry) => ({
    entry,
    stored: await ending.sessions.read(entry.session),
  }))
  const there = read.results.filter(({ stored }) => stored !== undefined)
  const { deleted, fault } = await ending.sessions.deleteAll(
    there.map(({ entry }) => entry.session),
  )
  for (const at of deleted) ending.write('bff.session.ended', { session: sessionLabel(at), ...why })
  const ended = new Set(deleted.map(({ hash }) => hash))
  const isGone = ({ entry, stored }: (typeof there)[number]) =>
    stored === undefined || fault === undefined || ended.has(entry.session.hash)
  const pointers = read.results
    .filter(isGone)
    .flatMap(({ entry, stored }) =>
      stored === undefined ? [entry] : pointersOf(entry.session, stored.row),
    )
  await removePointers(pointers, ending)
  const faults = [...read.faults, ...(fault === undefined ? [] : [fault])]
  if (faults.length > 0) throw faults[0]
}

function pointersOf(at: RowAddress, row: Pick<SessionRow, 'userHash' | 'sidHash'>) {
  const hashes = [row.userHash, row.sidHash].filter((hash) => hash !== '')
  return hashes.map((hash) => ({ hash, session: at }))
}

async function removePointers(
  entries: Parameters<SessionIndex['remove']>[0],
  { index, write }: Pick<SessionEnding, 'index' | 'write'>,
): Promise<void> {
  try {
    await index.remove(entries)
  } catch (error) {
    if (!(error instanceof BffError)) throw error
    writeDependencyFailure(write, error.code, error.details.dependency)
  }
}
