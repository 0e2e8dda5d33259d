import type { LoginRow, LoginStore, RowAddress } from '../stores/ports.ts'
import { numberColumn, numberOf, textOf } from './columns.ts'
import { partitionOf } from './row-address.ts'
import type { Entity } from './table.ts'
import { tableForNewRow, tableForRow, type TableOf } from './table-of.ts'

/** The `signIns` table: one row for each sign-in that has been started. */
export function createLoginStore(tableOf: TableOf): LoginStore {
  return {
    async create(at, row) {
      await tableForNewRow(tableOf, at).insert(toEntity(at, row))
    },
    async read(at) {
      const entity = await tableForRow(tableOf, at)?.get(partitionOf(at), at.hash)
      const row = entity && toRow(entity)
      return row && { row, version: textOf(entity, 'etag') }
    },
    async update(at, version, change) {
      const table = tableForRow(tableOf, at)
      return table === undefined ? 'missing' : table.merge(toEntity(at, change), version)
    },
  }
}

function toEntity(at: RowAddress, row: Partial<LoginRow>) {
  return {
    partitionKey: partitionOf(at),
    rowKey: at.hash,
    ...(row.expiresAt !== undefined && { exp: numberColumn(row.expiresAt) }),
    ...(row.bindingHash !== undefined && { binding: row.bindingHash }),
    ...(row.sealed !== undefined && { sealed: row.sealed }),
    ...(row.usedBy !== undefined && { usedBy: row.usedBy }),
    ...(row.usedAt !== undefined && { usedAt: numberColumn(row.usedAt) }),
    ...(row.doneAt !== undefined && { doneAt: numberColumn(row.doneAt) }),
    ...(row.failure !== undefined && { failure: row.failure }),
  }
}

/** A row without an expiry is none of ours. */
function toRow(entity: Entity): LoginRow | undefined {
  const expiresAt = numberOf(entity, 'exp')
  if (expiresAt === undefined) return undefined
  return {
    expiresAt,
    bindingHash: textOf(entity, 'binding'),
    sealed: textOf(entity, 'sealed'),
    usedBy: textOf(entity, 'usedBy'),
    usedAt: numberOf(entity, 'usedAt') ?? 0,
    doneAt: numberOf(entity, 'doneAt') ?? 0,
    failure: textOf(entity, 'failure'),
  }
}
