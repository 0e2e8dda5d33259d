import { withDeadline } from '../base/deadline.ts'
import { BffError } from '../base/errors.ts'
import { endOldestSessions } from '../session/end-oldest.ts'
import { findUserSessions, type SessionEnding } from '../session/end.ts'
import { type DerivedSession, type SessionContent, sessionLabel } from '../session/session.ts'
import type { User } from '../session/user.ts'
import type { IndexRow, RowAddress, SessionRow } from '../stores/ports.ts'
import type { App, Call } from './app.ts'
import { sessionEnding } from './current-session.ts'
import { logFailure, toBffError } from './log-failure.ts'

const findMs = 2_000

/** The rows of a new session, and the session that it replaces. */
export interface NewSession {
  readonly derived: DerivedSession
  readonly row: SessionRow
  readonly index: readonly IndexRow[]
  readonly content: Pick<SessionContent, 'user'>
  readonly replaces: RowAddress | undefined
}

/**
 * Inserts the session and, beside it, its index rows. Where either fails nothing is left behind. The
 * session that this browser had is deleted only then: a fault must not sign it out. So are the oldest
 * sessions of a user with too many.
 */
export async function insertSession(session: NewSession, app: App, call: Call): Promise<void> {
  const ending = await sessionEnding(app, call)
  const { sessions, index } = ending
  const { at } = session.derived
  const [row, entries, others] = await Promise.allSettled([
    sessions.create(at, session.row),
    index.put(session.index),
    findInTime(session.content.user, ending),
  ])
  const fault = [row, entries].find((result) => result.status === 'rejected')
  if (fault !== undefined) {
    await Promise.allSettled([sessions.delete(at), index.remove(session.index)])
    throw fault.reason
  }
  await replace(session, app, call)
  await endExcess(session, others, ending, app, call)
}

/** No sign-in waits long for what its next one may do as well. */
function findInTime(user: User, ending: SessionEnding): Promise<readonly IndexRow[]> {
  return withDeadline(
    findMs,
    () => findUserSessions(user, ending),
    () => {
      throw new BffError('storage_unavailable', 'the sessions of the user were not found in time', {
        dependency: { name: 'tables', operation: 'sessionIndex.query', durationMs: findMs },
      })
    },
  )
}

/** A limit that cannot be held now is held at the next sign-in: this one has succeeded. */
async function endExcess(
  { content, derived }: NewSession,
  found: PromiseSettledResult<readonly IndexRow[]>,
  ending: SessionEnding,
  app: App,
  call: Call,
): Promise<void> {
  try {
    if (found.status === 'rejected') throw found.reason
    const others = found.value.filter(({ session }) => session.hash !== derived.at.hash)
    const limit = app.settings.maxSessionsPerUser - 1
    await endOldestSessions(others, { userId: content.user.id, limit, now: app.now() }, ending)
  } catch (error) {
    logFailure(toBffError(error), call)
  }
}

async function replace({ replaces, derived }: NewSession, app: App, call: Call): Promise<void> {
  if (replaces === undefined || replaces.hash === derived.at.hash) return
  const { sessions } = await app.stores()
  try {
    if (await sessions.delete(replaces))
      call.write('bff.session.ended', { session: sessionLabel(replaces), reason: 'replaced' })
  } catch (error) {
    logFailure(toBffError(error), call)
  }
}
