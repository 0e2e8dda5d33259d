import { randomText } from '../keys/session-key.ts'
import type { LoginRow, LoginStore, RowAddress, Stored } from '../stores/ports.ts'

/** A login spent by this attempt, or the row as another attempt left it; undefined: it is gone. */
export type Spending =
  | { readonly spent: 'by_us'; readonly version: string }
  | { readonly spent: 'by_another'; readonly row: LoginRow }
  | undefined

/** What an attempt writes down of itself. */
export interface SpendingAttempt {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Keyed hash of the code that it redeems; empty for an error response. */
  readonly codeHash: string
  /** Where the login leads, sealed: all that is kept of it. */
  readonly landing: string
}

/** Tells whether a spent login was spent for this code. */
export function isSpentFor(codeHash: string, row: LoginRow): boolean {
  return row.usedBy.endsWith(`.${codeHash}`)
}

/**
 * Spends a login transaction, once: a conditional Merge writes this attempt's id and keeps
 * of the sealed part where it leads. After a 412 the row tells whether our own write was repeated by the storage SDK after
 * a lost answer, or another attempt was first.
 */
export async function spendLogin(
  logins: LoginStore,
  at: RowAddress,
  stored: Stored<LoginRow>,
  { now, codeHash, landing }: SpendingAttempt,
): Promise<Spending> {
  const attempt = `${randomText(16)}.${codeHash}`
  const result = await logins.update(at, stored.version, {
    usedBy: attempt,
    usedAt: now,
    sealed: landing,
  })
  if (result === 'missing') return undefined
  if (result !== 'conflict') return { spent: 'by_us', version: result.version }
  const again = await logins.read(at)
  if (again === undefined) return undefined
  return again.row.usedBy === attempt
    ? { spent: 'by_us', version: again.version }
    : { spent: 'by_another', row: again.row }
}
