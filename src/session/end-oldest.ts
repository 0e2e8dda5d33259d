import { mapBounded } from '../base/bounded.ts'
import { toSeconds } from '../stores/expiry.ts'
import type { IndexRow } from '../stores/ports.ts'
import { endIndexed, type SessionEnding } from './end.ts'
import { endReason } from './open.ts'

/** More are looked at by the next sign-ins. */
const maxRead = 200

/** Whose sessions are counted, and how many may be live. */
export interface SessionLimit {
  readonly userId: string
  readonly limit: number
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Ends the oldest sessions of a user until no more than the limit are live, and takes the pointers to
 * those that are over with it. Reads nothing while there are no more pointers than that.
 */
export async function endOldestSessions(
  entries: readonly IndexRow[],
  { userId, limit, now }: SessionLimit,
  ending: SessionEnding,
): Promise<void> {
  const unexpired = entries.filter(({ expiresAt }) => expiresAt > toSeconds(now))
  const excess = unexpired.length - limit
  if (excess <= 0) return
  const oldest = unexpired.toSorted((a, b) => a.expiresAt - b.expiresAt).slice(0, maxRead)
  const read = await mapBounded(oldest, async (entry) => {
    const stored = await ending.sessions.read(entry.session)
    return { entry, stored, over: stored && endReason(stored.row, now) }
  })
  const gone = read.filter(({ stored }) => stored === undefined)
  const over = read.filter((found) => found.over !== undefined)
  // Pointers tell ages by 5 minutes, rows by seconds.
  const live = read
    .filter((found) => found.stored !== undefined && found.over === undefined)
    .toSorted((left, right) => left.stored!.row.createdAt - right.stored!.row.createdAt)
  const tooMany = live.slice(0, Math.max(0, excess - gone.length - over.length))
  const entriesOf = (found: typeof read) => found.map(({ entry }) => entry)
  await ending.index.remove(entriesOf(gone))
  for (const reason of ['idle', 'absolute'] as const)
    await endIndexed(
      entriesOf(over.filter((found) => found.over === reason)),
      { reason, userId },
      ending,
    )
  await endIndexed(entriesOf(tooMany), { reason: 'too_many_sessions', userId }, ending)
}
