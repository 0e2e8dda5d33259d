import { odata } from '@azure/data-tables'
import { mapBounded, settleBounded } from '../base/bounded.ts'
import type { IndexRow, RowAddress, SessionIndex } from '../stores/ports.ts'
import { numberColumn, numberOf, textOf } from './columns.ts'
import { isAddress, isHash } from './row-address.ts'
import type { Entity, Table } from './table.ts'
import { deleteInTables, tableForNewRow, type TableOf } from './table-of.ts'

/** The columns of an index row. */
const columns = ['RowKey', 'shard', 'bucket', 'exp', 'sealed']

/**
 * The `sessionIndex` table. A look-up asks every account, and fails where one of them fails: a
 * sign-out that silently missed a session would be worse than one that is tried again. What nobody
 * tries again takes the rows that can be reached.
 */
export function createSessionIndex(tableOf: TableOf, tables: readonly Table[]): SessionIndex {
  const lookups = (hashes: readonly string[]) =>
    [...new Set(hashes)].filter(isHash).flatMap((hash) => tables.map((table) => ({ table, hash })))
  return {
    async put(rows) {
      await settleAll(
        rows.map(async (row) =>
          tableForNewRow(tableOf, row.session).replace({
            ...indexKeys(row.hash, row.session),
            shard: row.session.shard,
            bucket: row.session.bucket,
            exp: numberColumn(row.expiresAt),
            sealed: row.sealed,
          }),
        ),
      )
    },
    async find(hashes) {
      return (await mapBounded(lookups(hashes), findIn)).flat()
    },
    async findReachable(hashes) {
      const { results, faults } = await settleBounded(lookups(hashes), findIn)
      return { rows: results.flat(), faults }
    },
    async remove(rows) {
      const keyed = rows.map(({ hash, session: at }) => ({ ...indexKeys(hash, at), at }))
      const { fault } = await deleteInTables(keyed, tableOf)
      if (fault !== undefined) throw fault
    },
  }
}

/**
 * Waits for every write, then throws the first fault: a write that still repeats itself must not come
 * after the caller has taken the others back.
 */
async function settleAll(writes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(writes)
  const fault = results.find((result) => result.status === 'rejected')
  if (fault !== undefined) throw fault.reason
}

/** The keys of an index row: partition by the first byte of the hash, row by both hashes. */
export function indexKeys(
  hash: string,
  session: Pick<RowAddress, 'hash'>,
): { partitionKey: string; rowKey: string } {
  return { partitionKey: indexPartition(hash), rowKey: `${hash}|${session.hash}` }
}

function indexPartition(hash: string): string {
  return Buffer.from(hash.slice(0, 2), 'base64url').toString('hex').padStart(2, '0')
}

/** What one account is asked for. */
interface Lookup {
  readonly table: Table
  readonly hash: string
}

/** One range of one partition for each hash: an `or` over several would scan the whole table. */
async function findIn({ table, hash }: Lookup): Promise<IndexRow[]> {
  const filter = odata`PartitionKey eq ${indexPartition(hash)} and RowKey ge ${`${hash}|`} and RowKey lt ${`${hash}}`}`
  const found: IndexRow[] = []
  for await (const page of table.pages(filter, columns))
    for (const entity of page) {
      const row = toRow(entity, hash)
      if (row !== undefined) found.push(row)
    }
  return found
}

function toRow(entity: Entity, hash: string): IndexRow | undefined {
  const session: RowAddress = {
    shard: textOf(entity, 'shard'),
    bucket: textOf(entity, 'bucket'),
    hash: textOf(entity, 'rowKey').slice(hash.length + 1),
  }
  if (!isAddress(session)) return undefined
  const expiresAt = numberOf(entity, 'exp') ?? 0
  return { hash, session, expiresAt, sealed: textOf(entity, 'sealed') }
}
