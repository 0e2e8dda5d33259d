import { odata } from '@azure/data-tables'
import type { Sweeper, SweepReport } from '../stores/ports.ts'
import { numberOf, textOf } from './columns.ts'
import { deleteRows, isOverload, type RowKeys } from './delete-rows.ts'
import { indexKeys } from './index-table.ts'
import { isHash } from './row-address.ts'
import type { AccountTables } from './table-accounts.ts'
import type { Entity, Table } from './table.ts'

/** Nothing is deleted sooner than this after its expiry: clocks differ, and a sign-in may be under way. */
const graceSeconds = 3600

const columns = ['PartitionKey', 'RowKey', 'exp', 'sid', 'user']

/**
 * Deletes expired rows: of `signIns` and `sessions` whole ranges of expired partitions, with a session
 * the index rows that it names, and on demand index rows past their own end. It has no state: what
 * it deletes the next run no longer finds, and two runs at once only meet rows already gone.
 */
export function createSweeper(accounts: readonly AccountTables[], clock: () => number): Sweeper {
  return {
    async sweep({ now, budgetMs, orphans, onFault }) {
      const endsAt = clock() + budgetMs
      const totals = { scanned: 0, deleted: 0, oldestExpiredSeconds: 0, complete: true }
      const run = { nowSeconds: now / 1000, totals, isOver: () => clock() >= endsAt }
      await Promise.all(
        accounts.map(async (tables, index) => {
          const fault = await sweepAccount(run, rangesOf(tables, index, run, orphans))
          if (fault !== undefined) onFault?.(fault)
        }),
      )
      return totals
    },
  }
}

/** One run over all accounts. */
interface Run {
  readonly nowSeconds: number
  readonly totals: { -readonly [Name in keyof SweepReport]: SweepReport[Name] }
  readonly isOver: () => boolean
}

/** A range of one table that may hold expired rows. */
interface Range {
  readonly table: Table
  readonly filter: string
  /** Where the index rows lie that the rows of this range name. */
  readonly index?: Table
}

/**
 * The expired ranges of an account: each of its 16 shards in both tables, and for orphans the index by
 * the 16 first digits of its partitions. Each run starts at another one, so that none starves when
 * runs do not finish.
 */
function rangesOf(tables: AccountTables, index: number, run: Run, orphans: boolean): Range[] {
  const expired = run.nowSeconds - graceSeconds
  const loginLimit = bucketText(expired / 300, 7)
  const sessionLimit = bucketText(expired / 3600, 6)
  const digits = Array.from({ length: 16 }, (_, digit) => digit.toString(16))
  const rows = digits.flatMap((digit): Range[] => {
    const shard = index.toString(16) + digit
    return [
      { table: tables.logins, filter: partitionsBelow(shard, loginLimit) },
      { table: tables.sessions, filter: partitionsBelow(shard, sessionLimit), index: tables.index },
    ]
  })
  const pointers = digits.map((digit): Range => {
    // 'g' follows the last hex digit.
    const filter = odata`PartitionKey ge ${digit} and PartitionKey lt ${`${digit}g`} and exp lt ${Math.floor(expired)}.0`
    return { table: tables.index, filter }
  })
  return [...rotate(rows, run.nowSeconds), ...(orphans ? rotate(pointers, run.nowSeconds) : [])]
}

/** A bucket is deleted once its last second is past: all buckets before the current one of `expired`. */
function bucketText(bucket: number, digits: number): string {
  return String(Math.floor(bucket)).padStart(digits, '0')
}

function partitionsBelow(shard: string, limit: string): string {
  return odata`PartitionKey ge ${`${shard}|`} and PartitionKey lt ${`${shard}|${limit}`}`
}

function rotate(ranges: Range[], nowSeconds: number): Range[] {
  const start = Math.floor(nowSeconds / 60) % ranges.length
  return [...ranges.slice(start), ...ranges.slice(0, start)]
}

/** Sweeps one account until it is overloaded or away; resolves to the first fault that it met. */
async function sweepAccount(run: Run, ranges: readonly Range[]): Promise<unknown> {
  let first: unknown
  for (const range of ranges) {
    const fault = await sweepRange(run, range).catch((error: unknown) => error)
    if (fault === undefined) continue
    run.totals.complete = false
    first ??= fault
    if (isOverload(fault)) break
  }
  return first
}

/** Resolves to why a row could not be deleted; rejects where the range cannot be swept on. */
async function sweepRange(run: Run, { table, filter, index }: Range): Promise<unknown> {
  let fault: unknown
  if (run.isOver()) run.totals.complete = false
  else
    for await (const page of table.pages(filter, columns)) {
      run.totals.scanned += page.length
      const expired = page.filter((entity) => noteExpired(run, entity))
      // First the index rows: where this ends in between, the next run finds the session again.
      const pointers = index && (await deleteRows(index, expired.flatMap(indexRowsOf), run.isOver))
      rejectOverload(pointers?.fault)
      const result = await deleteRows(table, expired.map(keysOf), run.isOver)
      run.totals.deleted += result.deleted.length
      rejectOverload(result.fault)
      if (!result.complete) run.totals.complete = false
      fault ??= pointers?.fault ?? result.fault
      if (run.isOver()) break
    }
  return fault
}

/** What an overloaded account still has waits for the next run. */
function rejectOverload(fault: unknown): void {
  if (fault !== undefined && isOverload(fault)) throw fault
}

/** An expiry that is not past keeps a row whatever its partition says; a row without an expiry is none of ours and
 * is deleted. */
function noteExpired(run: Run, entity: Entity): boolean {
  const expiresAt = numberOf(entity, 'exp')
  if (expiresAt === undefined) return true
  const age = Math.floor(run.nowSeconds - expiresAt)
  run.totals.oldestExpiredSeconds = Math.max(run.totals.oldestExpiredSeconds, age)
  return age >= graceSeconds
}

function keysOf(entity: Entity): RowKeys {
  return { partitionKey: textOf(entity, 'partitionKey'), rowKey: textOf(entity, 'rowKey') }
}

function indexRowsOf(session: Entity): RowKeys[] {
  const hash = textOf(session, 'rowKey')
  return [textOf(session, 'sid'), textOf(session, 'user')]
    .filter(isHash)
    .map((pointer) => indexKeys(pointer, { hash }))
}
