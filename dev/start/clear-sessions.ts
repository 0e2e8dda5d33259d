import { TableServiceClient } from '@azure/data-tables'
import type { Output } from './output.ts'
import { ownsTables, type TablesOfStack } from './owns-tables.ts'

const tables = ['signIns', 'sessions', 'sessionIndex']

/** Signs everybody out by deleting the app's tables, which it makes again when it needs them. */
export async function clearSessions(stack: TablesOfStack, output: Output): Promise<void> {
  if (!ownsTables(stack)) {
    return output.notice('The tables are not of this stack: nothing is deleted.')
  }
  try {
    const options = { allowInsecureConnection: true }
    const service = TableServiceClient.fromConnectionString(stack.addresses.tables, options)
    await Promise.all(tables.map((table) => service.deleteTable(table)))
    output.notice('All sessions are gone.')
  } catch (error) {
    output.failure(error as Error)
  }
}
