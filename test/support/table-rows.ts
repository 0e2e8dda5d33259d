import { TableClient, TableServiceClient, type TableEntityResult } from '@azure/data-tables'
import type { Stack } from './stack.ts'

/** The tables of the app. */
export type TableName = 'signIns' | 'sessions' | 'sessionIndex'

/** A row as it lies in the table. */
export type Row = TableEntityResult<Record<string, unknown>>

/** A client of one table of the first account that goes past the fault proxy. */
export function tableOf(stack: Stack, name: TableName): TableClient {
  const { connectionString } = stack.azurite
  return TableClient.fromConnectionString(connectionString, name, { allowInsecureConnection: true })
}

/** Every row of a table; none where the table does not exist yet. */
export async function rowsOf(stack: Stack, name: TableName): Promise<Row[]> {
  const rows: Row[] = []
  try {
    for await (const row of tableOf(stack, name).listEntities()) rows.push(row)
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode !== 404) throw error
  }
  return rows
}

/** How many rows each table has. */
export async function countRows(stack: Stack): Promise<Record<TableName, number>> {
  const [signIns, sessions, sessionIndex] = await Promise.all([
    rowsOf(stack, 'signIns'),
    rowsOf(stack, 'sessions'),
    rowsOf(stack, 'sessionIndex'),
  ])
  return {
    signIns: signIns.length,
    sessions: sessions.length,
    sessionIndex: sessionIndex.length,
  }
}

/** Deletes every row, so that a test counts only its own. */
export async function emptyTables(stack: Stack): Promise<void> {
  for (const name of ['signIns', 'sessions', 'sessionIndex'] as const)
    for (const { partitionKey, rowKey } of await rowsOf(stack, name))
      await tableOf(stack, name).deleteEntity(partitionKey!, rowKey!)
}

/** Every row of every table, as JSON lines. */
export async function dumpTables(stack: Stack): Promise<string> {
  const lines: string[] = []
  const service = TableServiceClient.fromConnectionString(stack.azurite.connectionString, {
    allowInsecureConnection: true,
  })
  for await (const { name } of service.listTables())
    for (const row of await rowsOf(stack, name as TableName))
      lines.push(
        JSON.stringify(row, (_, value: unknown) =>
          typeof value === 'bigint' ? String(value) : value,
        ),
      )
  return lines.join('\n')
}
