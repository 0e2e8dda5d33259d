import type { RowAddress, SessionRow, SessionStore } from '../stores/ports.ts'
import { fromSealedColumns, numberColumn, numberOf, textOf, toSealedColumns } from './columns.ts'
import { partitionOf } from './row-address.ts'
import type { Entity } from './table.ts'
import { deleteInTables, tableForNewRow, tableForRow, type TableOf } from './table-of.ts'

/** The `sessions` table. */
export function createSessionStore(tableOf: TableOf): SessionStore {
  return {
    async create(at, row) {
      const sealed = Object.entries(row.sealed).filter(([, text]) => text !== '')
      const entity = toEntity(at, { ...row, sealed: Object.fromEntries(sealed) })
      return tableForNewRow(tableOf, at).insert(entity)
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
    async delete(at, version) {
      return (await tableForRow(tableOf, at)?.delete(partitionOf(at), at.hash, version)) ?? false
    },
    async deleteAll(addresses) {
      const rows = addresses.map((at) => ({ partitionKey: partitionOf(at), rowKey: at.hash, at }))
      const { deleted, fault } = await deleteInTables(rows, tableOf)
      return { deleted: deleted.map(({ at }) => at), fault }
    },
  }
}

const numberColumns = {
  expiresAt: 'exp',
  idleExpiresAt: 'idle',
  createdAt: 'created',
  accessTokenExpiresAt: 'accessTokenExp',
  refreshedAt: 'refreshed',
  generation: 'generation',
  leaseUntil: 'leaseUntil',
  retryAt: 'retryAt',
} as const

const textColumns = {
  leaseId: 'leaseId',
  sidHash: 'sid',
  userHash: 'user',
  salt: 'salt',
} as const

function toEntity(at: RowAddress, row: Partial<SessionRow>) {
  const columns: Record<string, unknown> = toSealedColumns(row.sealed ?? {})
  for (const [name, column] of Object.entries(numberColumns)) {
    const value = row[name as keyof typeof numberColumns]
    if (value !== undefined) columns[column] = numberColumn(value)
  }
  for (const [name, column] of Object.entries(textColumns)) {
    const value = row[name as keyof typeof textColumns]
    if (value !== undefined) columns[column] = value
  }
  return { ...columns, partitionKey: partitionOf(at), rowKey: at.hash }
}

/** A row without an expiry is none of ours; whatever else is missing counts as passed or absent. */
function toRow(entity: Entity): SessionRow | undefined {
  const expiresAt = numberOf(entity, numberColumns.expiresAt)
  if (expiresAt === undefined) return undefined
  const number = (name: keyof typeof numberColumns) => numberOf(entity, numberColumns[name]) ?? 0
  const text = (name: keyof typeof textColumns) => textOf(entity, textColumns[name])
  return {
    expiresAt,
    idleExpiresAt: number('idleExpiresAt'),
    createdAt: number('createdAt'),
    accessTokenExpiresAt: number('accessTokenExpiresAt'),
    refreshedAt: number('refreshedAt'),
    generation: number('generation'),
    leaseId: text('leaseId'),
    leaseUntil: number('leaseUntil'),
    retryAt: number('retryAt'),
    sidHash: text('sidHash'),
    userHash: text('userHash'),
    salt: text('salt'),
    sealed: fromSealedColumns(entity),
  }
}
