import { TableServiceClient } from '@azure/data-tables'

const tables = ['logins', 'sessions', 'sessionIndex']

/** Deletes the app's tables: everybody is signed out. The app makes them again when it needs them. */
export async function clearTables(connectionString: string): Promise<void> {
  const options = { allowInsecureConnection: true }
  const service = TableServiceClient.fromConnectionString(connectionString, options)
  await Promise.all(tables.map((table) => service.deleteTable(table)))
}
