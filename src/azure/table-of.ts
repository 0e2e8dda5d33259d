import { BffError } from '../base/errors.ts'
import type { RowAddress } from '../stores/ports.ts'
import { deleteRows, type DeleteResult, type RowKeys } from './delete-rows.ts'
import { isAddress } from './row-address.ts'
import type { Table } from './table.ts'

/** Finds the table in the account that a shard names; undefined beyond the settings' list. */
export type TableOf = (shard: string) => Table | undefined

/** The table that holds a row; undefined where the address cannot be one of ours. */
export function tableForRow(tableOf: TableOf, at: RowAddress): Table | undefined {
  return isAddress(at) ? tableOf(at.shard) : undefined
}

/** The table for a new row. Throws `server_error` where its address is not one that we make. */
export function tableForNewRow(tableOf: TableOf, at: RowAddress): Table {
  const table = tableForRow(tableOf, at)
  if (table === undefined) throw new BffError('server_error', 'the row address is not one of ours')
  return table
}

/**
 * Deletes rows wherever they lie, account by account. What cannot be one of ours was never written, and
 * counts as gone.
 */
export async function deleteInTables<Row extends RowKeys>(
  rows: readonly (Row & { readonly at: RowAddress })[],
  tableOf: TableOf,
): Promise<Pick<DeleteResult<Row>, 'deleted' | 'fault'>> {
  const byTable = new Map<Table, Row[]>()
  for (const row of rows) {
    const table = tableForRow(tableOf, row.at)
    if (table === undefined) continue
    const ofTable = byTable.get(table)
    if (ofTable === undefined) byTable.set(table, [row])
    else ofTable.push(row)
  }
  const results = await Promise.all(
    [...byTable].map(async ([table, ofTable]) => deleteRows(table, ofTable)),
  )
  return {
    deleted: results.flatMap(({ deleted }) => deleted),
    fault: results.find(({ fault }) => fault !== undefined)?.fault,
  }
}
