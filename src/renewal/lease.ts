import { BffError } from '../base/errors.ts'
import { reopen, withRow } from '../session/open.ts'
import type { OpenSession } from '../session/session.ts'
import { randomText } from '../keys/session-key.ts'
import type { SessionRow, SessionStore } from '../stores/ports.ts'
import { idleEnd } from '../session/touch.ts'

const leaseMs = 30_000
const waitMs = 10_000
const pollMs = 150
/** A renewal and its write-back end within this, well before the lease does. */
const writeBackMs = 20_000

/** Clock, pause and store of the single flight; milliseconds where nothing else is said. */
export interface LeaseParts {
  readonly sessions: SessionStore
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly sessionIdleSeconds: number
  /** Ends of the renewals of this instance, by the session's hash: who waits here need not poll. */
  readonly underWay?: Map<string, Promise<void>>
}

/** The lease on a session's row: whoever holds it may use its refresh token. */
export interface Lease {
  readonly session: OpenSession
  readonly id: string
  readonly takenAt: number
  /** Whether another call never gave it back: it died, or is late, or its clock differs from ours. */
  readonly takenOver: boolean
}

/**
 * Tries to take the lease; gives the session as it now is where another holds it or was faster. The
 * idle end moves with it: a session must not run out under a renewal, nor while renewals fail.
 */
export async function takeLease(
  session: OpenSession,
  parts: LeaseParts,
): Promise<Lease | OpenSession> {
  const now = parts.now()
  const id = randomText(16)
  const { expiresAt, idleExpiresAt } = session.row
  const takenOver = session.row.leaseId !== ''
  const change = {
    leaseId: id,
    leaseUntil: now + leaseMs,
    idleExpiresAt: Math.max(idleExpiresAt, idleEnd(expiresAt, parts.sessionIdleSeconds, now)),
  }
  const result = await parts.sessions.update(session.at, session.version, change)
  if (result === 'missing') throw ended()
  if (result !== 'conflict') {
    const row = { ...session.row, ...change }
    return { session: { ...session, row, version: result.version }, id, takenAt: now, takenOver }
  }
  const again = await reopen(session, parts)
  if (again === undefined) throw ended()
  // The storage SDK repeats a write whose answer was lost: then the lease in the row is this one.
  return again.row.leaseId === id ? { session: again, id, takenAt: now, takenOver } : again
}

/** Whether another call's renewal is under way. */
export function isLeased(row: SessionRow, now: number): boolean {
  return row.leaseId !== '' && row.leaseUntil > now
}

/**
 * Waits a moment for the holder of the lease and reads again; throws
 * `identity_provider_unavailable` once it has waited long enough, `session_expired` where the
 * session is gone.
 */
export async function awaitHolder(
  session: OpenSession,
  waitingSince: number,
  parts: LeaseParts,
): Promise<OpenSession> {
  const now = parts.now()
  if (now - waitingSince >= waitMs)
    throw new BffError('identity_provider_unavailable', 'another renewal is under way', {
      retryAfterSeconds: (session.row.leaseUntil - now) / 1000,
    })
  const nextPoll = parts.sleep(pollMs + Math.random() * pollMs)
  await Promise.race([nextPoll, parts.underWay?.get(session.at.hash) ?? nextPoll])
  const again = await reopen(session, parts)
  if (again === undefined) throw ended()
  return again
}

/**
 * Waits a while for the result of a call from which the lease was taken over: it may have been given
 * the token that makes ours a used one, and only be late. Gives the session as it is then.
 */
export async function awaitResult(
  session: OpenSession,
  parts: LeaseParts,
): Promise<OpenSession | undefined> {
  const since = parts.now()
  for (;;) {
    const current = await reopen(session, parts)
    const isDone = current === undefined || current.row.generation !== session.row.generation
    if (isDone || parts.now() - since >= waitMs) return current
    await parts.sleep(pollMs)
  }
}

/** What is written, or how it follows from the session as it is at each try. */
type Change = Partial<SessionRow> | ((current: OpenSession) => Partial<SessionRow>)

/**
 * Writes a renewal's result and gives the lease back. Conditional, never an upsert: a session
 * deleted meanwhile stays deleted. Where the row was changed or storage failed in between it tries
 * again. New tokens are written while the row's generation is the one whose token was sent, whoever
 * holds the lease by then: a rotated token that is dropped is a lost session.
 */
export async function writeBack(
  lease: Lease,
  change: Change,
  parts: LeaseParts,
): Promise<OpenSession> {
  const { row, at } = lease.session
  let current = lease.session
  for (;;) {
    const lasts = parts.now() - lease.takenAt < writeBackMs
    const ours = current.row.leaseId === lease.id
    const renewed = current.row.generation !== row.generation
    const columns = typeof change === 'function' ? change(current) : change
    const whole = { ...(!renewed && columns), ...(ours && { leaseId: '', leaseUntil: 0 }) }
    try {
      const result = await parts.sessions.update(at, current.version, whole)
      if (result === 'missing') throw ended()
      if (result !== 'conflict') return merged(current, whole, result.version)
      const again = await reopen(current, parts)
      if (again === undefined) throw ended()
      const isOurs = again.row.leaseId === lease.id
      const isRenewed = again.row.generation !== row.generation
      // Ours already: its answer was lost. Or another was faster, and all that is left is the lease.
      if (!isOurs && (isRenewed || columns.generation === undefined)) return again
      if (!lasts) throw new BffError('storage_unavailable', 'the session row kept changing')
      current = again
    } catch (error) {
      if (!lasts || !(error instanceof BffError) || error.code !== 'storage_unavailable')
        throw error
      await parts.sleep(pollMs)
    }
  }
}

function merged(session: OpenSession, change: Partial<SessionRow>, version: string): OpenSession {
  const row = {
    ...session.row,
    ...change,
    sealed: { ...session.row.sealed, ...change.sealed },
  }
  return withRow(session, { row, version }) ?? session
}

function ended(): BffError {
  return new BffError('session_expired', 'the session ended meanwhile')
}
