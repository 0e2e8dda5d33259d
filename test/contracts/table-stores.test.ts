import { TableServiceClient } from '@azure/data-tables'
import { afterAll, beforeAll } from 'vitest'
import { type Azurite, startAzurite } from '../../dev/azurite/start-azurite.ts'
import { createTableStores } from '../../src/azure/table-stores.ts'
import { describeStores } from './store-contract.ts'

let azurite: Azurite

beforeAll(async () => {
  azurite = await startAzurite({ accounts: 2 })
})

afterAll(() => azurite.stop())

describeStores('Table Storage', async () => {
  await Promise.all(azurite.connectionStrings.map(dropTables))
  return createTableStores(
    azurite.connectionStrings.map((value) => ({
      kind: 'connection-string',
      value,
      acceptsNew: true,
    })),
    {
      now: () => Date.now(),
      tokenCredential: () => Promise.reject(new Error('no token is needed')),
    },
  )
})

async function dropTables(connectionString: string): Promise<void> {
  const service = TableServiceClient.fromConnectionString(connectionString, {
    allowInsecureConnection: true,
  })
  const dropped = ['signIns', 'sessions', 'sessionIndex'].map((name) => service.deleteTable(name))
  await Promise.all(dropped)
}
