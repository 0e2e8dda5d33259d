import { toSeconds, touchInterval } from '../stores/expiry.ts'
import type { OpenSession } from './session.ts'
import type { SessionStore } from '../stores/ports.ts'

/**
 * Moves the idle end of a session that is in use, at most every 5 minutes and never past its
 * absolute end. A leased row is left alone: whoever took the lease has moved the idle end. A lost
 * race is no fault: whoever won has moved it.
 */
export async function touch(
  session: OpenSession,
  options: {
    readonly sessions: SessionStore
    readonly sessionIdleSeconds: number
    /** Milliseconds since 1970. */
    readonly now: number
  },
): Promise<OpenSession> {
  const { row } = session
  const idleExpiresAt = idleEnd(row.expiresAt, options.sessionIdleSeconds, options.now)
  const due = idleExpiresAt - row.idleExpiresAt >= touchInterval(options.sessionIdleSeconds)
  if (!due || row.leaseUntil > options.now) return session
  const result = await options.sessions.update(session.at, session.version, { idleExpiresAt })
  if (typeof result === 'string') return session
  return { ...session, version: result.version, row: { ...row, idleExpiresAt } }
}

/** When a session that is used now ends if left alone; seconds. `now` in milliseconds. */
export function idleEnd(expiresAt: number, sessionIdleSeconds: number, now: number): number {
  return Math.min(toSeconds(now) + sessionIdleSeconds, expiresAt)
}
