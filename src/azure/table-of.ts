import { BffError } from '../base/errors.ts'
import type { RowAddress } from '../stores/ports.ts'
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
