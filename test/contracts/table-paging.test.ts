import { TableClient } from '@azure/data-tables'
import { beforeAll, expect, test } from 'vitest'
import type { Azurite } from '../../dev/azurite/start-azurite.ts'
import { createTableStores } from '../../src/azure/table-stores.ts'
import type { Stores } from '../../src/stores/ports.ts'
import { indexRow, noon, sessionAddress, testHash } from '../support/store-rows.ts'
import { leaseAccounts } from '../support/azurite-accounts.ts'

let azurite: Azurite
let stores: Stores

beforeAll(async () => {
  azurite = await leaseAccounts(1)
  stores = createTableStores(
    [{ kind: 'connection-string', value: azurite.connectionString, acceptsNew: true }],
    { now: () => Date.now(), tokenCredential: () => Promise.reject(new Error('none')) },
  )
  await stores.probe()
})

test('more index rows than a page of 1,000 holds are all found', async () => {
  const user = testHash()
  const first = indexRow(user, sessionAddress(noon))
  await stores.index.put([first])
  const partitionKey = Buffer.from(user, 'base64url').subarray(0, 1).toString('hex')
  await seed('sessionIndex', partitionKey, 1_050, () => `${user}|${testHash()}`)

  expect(await stores.index.find([user])).toHaveLength(1_051)
})

test('a sweep goes on over pages, in transactions of 100', async () => {
  const { shard, bucket } = sessionAddress(noon - 5 * 3600)
  await seed('sessions', `${shard}|${bucket}`, 1_150, () => testHash())

  const report = await stores.sweeper.sweep({
    now: noon * 1000,
    budgetMs: 60_000,
    orphans: false,
  })

  expect(report).toMatchObject({ scanned: 1_150, deleted: 1_150, complete: true })
})

async function seed(table: string, partitionKey: string, count: number, rowKey: () => string) {
  const client = TableClient.fromConnectionString(azurite.connectionString, table, {
    allowInsecureConnection: true,
  })
  const row = { partitionKey, shard: '00', bucket: '494940', exp: noon - 5 * 3600, sealed: '' }
  for (let written = 0; written < count; written += 50)
    await client.submitTransaction(
      Array.from({ length: 50 }, () => ['create', { ...row, rowKey: rowKey() }]),
    )
}
