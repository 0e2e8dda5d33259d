import type { WriteEvent } from '../base/events.ts'
import { toSeconds } from '../stores/expiry.ts'
import { type OpenSession, type SessionContent, sessionAddress, sessionLabel } from './session.ts'
import type { ProvenHandle } from './session-cookie.ts'
import { createSealer } from '../keys/sealing.ts'
import type { SessionRow, SessionStore, Stored } from '../stores/ports.ts'

/** What it takes to find the session of a request. */
export interface SessionAccess {
  readonly sessions: SessionStore
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly write: WriteEvent
  /** Told the label of a session whose row does not open. */
  readonly onUndecryptable: (session: string) => void
}

/**
 * Finds, checks and opens the session of a proven cookie: one point read. Undefined where there is
 * none, it has ended, or it cannot be opened; a fault of storage is thrown and never reads as signed
 * out.
 */
export async function openSession(
  { key, handle }: ProvenHandle,
  access: SessionAccess,
): Promise<OpenSession | undefined> {
  const at = sessionAddress(key, handle)
  const stored = await access.sessions.read(at)
  if (stored === undefined) return undefined
  const sealer = createSealer({ key, secret: handle.secret, salt: stored.row.salt, at })
  const content = openContent(sealer.open('content', stored.row.sealed['content'] ?? ''))
  if (content === undefined) {
    // The cookie is ours, so the row was altered or damaged: it is left for whoever looks into it.
    access.onUndecryptable(sessionLabel(at))
    return undefined
  }
  const session = { key, at, sealer, content, ...stored }
  const ended = endReason(stored.row, access.now())
  if (ended === undefined) return session
  await discardExpired(session, ended, access)
  return undefined
}

/** Reads the row of an open session again; undefined where it is gone or over by now. */
export async function reopen(
  session: OpenSession,
  access: Pick<SessionAccess, 'sessions' | 'now'>,
): Promise<OpenSession | undefined> {
  const stored = await access.sessions.read(session.at)
  if (stored === undefined || endReason(stored.row, access.now()) !== undefined) return undefined
  return withRow(session, stored)
}

/** The session with its row as it now is; undefined where it no longer opens. */
export function withRow(session: OpenSession, stored: Stored<SessionRow>): OpenSession | undefined {
  const content = openContent(session.sealer.open('content', stored.row.sealed['content'] ?? ''))
  return content && { ...session, ...stored, content }
}

/** Why a session is over, if it is. `now` in milliseconds. */
export function endReason(
  row: Pick<SessionRow, 'expiresAt' | 'idleExpiresAt'>,
  now: number,
): 'absolute' | 'idle' | undefined {
  if (toSeconds(now) >= row.expiresAt) return 'absolute'
  return toSeconds(now) >= row.idleExpiresAt ? 'idle' : undefined
}

function openContent(text: string | undefined): SessionContent | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as SessionContent)
}

/**
 * Expiry is decided on read; deleting is hygiene and must not turn a fault into an answer, nor take a
 * row that another call has moved on meanwhile.
 */
async function discardExpired(
  session: OpenSession,
  reason: 'absolute' | 'idle',
  access: SessionAccess,
): Promise<void> {
  const deleted = await access.sessions.delete(session.at, session.version).catch(() => false)
  if (deleted)
    access.write('bff.session.ended', {
      session: sessionLabel(session.at),
      userId: session.content.user.id,
      reason,
    })
}
