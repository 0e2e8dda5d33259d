import type { App, Call } from '../app/app.ts'
import { requireSession, sessionEnding } from '../app/current-session.ts'
import { mapBounded } from '../base/bounded.ts'
import { requireAntiForgery } from '../http/cross-site.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { json } from '../http/replies.ts'
import { findUserSessions } from '../session/end.ts'
import { toSeconds } from '../stores/expiry.ts'
import { endReason } from '../session/open.ts'
import { openUserAgent } from '../session/index-rows.ts'
import type { SessionKey } from '../keys/session-key.ts'
import type { IndexRow, SessionRow, SessionStore } from '../stores/ports.ts'
import { type User, userKey } from '../session/user.ts'

const maxListed = 50
/** Pointers to sessions that are over are read past, but not without end. */
const maxRead = 4 * maxListed

/** `GET /auth/sessions`: the live sessions of the signed-in user, newest first, at most 50. */
export async function sessions(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireAntiForgery(request, app.settings.origins)
  const current = await requireSession(request, app, call)
  const stores = await app.stores()
  const keys = await app.sessionKeys.readable()
  const entries = await findUserSessions(current.content.user, await sessionEnding(app, call))
  const now = app.now()
  const listed = (await newestLive(entries, stores.sessions, now)).map(({ entry, row }) => ({
    id: entry.session.hash,
    current: entry.session.hash === current.at.hash,
    age: toSeconds(now) - row.createdAt,
    expiresIn: row.expiresAt - toSeconds(now),
    idleExpiresIn: row.idleExpiresAt - toSeconds(now),
    userAgent: userAgentOf(entry, keys, current.content.user),
  }))
  return json({ sessions: listed.sort((a, b) => a.age - b.age) })
}

interface Live {
  readonly entry: IndexRow
  readonly row: SessionRow
}

/**
 * The newest sessions that are still live, of which no more are read than are shown. Pointers outlive
 * sessions that were replaced or left idle: some are read past, or they would hide a session that goes
 * on.
 */
async function newestLive(
  entries: readonly IndexRow[],
  store: SessionStore,
  now: number,
): Promise<readonly Live[]> {
  const unread = entries
    .filter(({ expiresAt }) => expiresAt > toSeconds(now))
    .toSorted((a, b) => b.expiresAt - a.expiresAt)
    .slice(0, maxRead)
  const live: Live[] = []
  while (unread.length > 0 && live.length < maxListed) {
    const next = unread.splice(0, maxListed - live.length)
    const read = await mapBounded(next, async (entry) => ({
      entry,
      row: (await store.read(entry.session))?.row,
    }))
    for (const { entry, row } of read)
      if (row !== undefined && endReason(row, now) === undefined) live.push({ entry, row })
  }
  return live
}

/** The user agent of an index row, which was sealed under the key that the row's hash belongs to. */
function userAgentOf(entry: IndexRow, keys: readonly SessionKey[], user: User): string {
  const key = keys.find((candidate) => candidate.hash('user index', userKey(user)) === entry.hash)
  return key === undefined ? '' : openUserAgent(key, entry, user)
}
