import { type DerivedSession, sessionLabel } from '../session/session.ts'
import type { IndexRow, RowAddress, SessionRow } from '../stores/ports.ts'
import type { App, Call } from './app.ts'
import { logFailure, toBffError } from './log-failure.ts'

/** The rows of a new session, and the session that it replaces. */
export interface NewSession {
  readonly derived: DerivedSession
  readonly row: SessionRow
  readonly index: readonly IndexRow[]
  readonly replaces: RowAddress | undefined
}

/**
 * Inserts the session and, beside it, its index rows. Where either fails nothing is left behind. The
 * session that this browser had is deleted only then: a fault must not sign it out.
 */
export async function insertSession(session: NewSession, app: App, call: Call): Promise<void> {
  const { sessions, index } = await app.stores()
  const { at } = session.derived
  const [row, entries] = await Promise.allSettled([
    sessions.create(at, session.row),
    index.put(session.index),
  ])
  const fault = [row, entries].find((result) => result.status === 'rejected')
  if (fault !== undefined) {
    await Promise.allSettled([sessions.delete(at), index.remove(session.index)])
    throw fault.reason
  }
  await replace(session, app, call)
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
