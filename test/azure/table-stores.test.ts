import { expect, test } from 'vitest'
import { createTableStores } from '../../src/azure/table-stores.ts'
import type { TablesAccount } from '../../src/settings/tables.ts'
import { noon, sessionAddress } from '../support/store-rows.ts'

const url = (acceptsNew: boolean): TablesAccount => ({
  kind: 'url',
  value: 'https://account.table.core.windows.net',
  acceptsNew,
})

test('new rows go to the 16 shards of each account that takes them', () => {
  const stores = createTableStores([url(true), url(false), url(true)], {
    now: () => noon * 1000,
    tokenCredential: () => Promise.reject(new Error('not asked')),
  })

  expect(stores.openShards).toHaveLength(32)
  expect(stores.openShards.slice(0, 2)).toEqual(['00', '01'])
  expect(stores.openShards.slice(-2)).toEqual(['2e', '2f'])
  expect(stores.openShards.some((shard) => shard.startsWith('1'))).toBe(false)
})

test('an account by URL that gets no token is storage_unavailable', async () => {
  let asked = 0
  const stores = createTableStores([url(true)], {
    now: () => noon * 1000,
    tokenCredential: () => {
      asked++
      return Promise.reject(new Error('SECRET reason'))
    },
  })

  const fault = stores.sessions.read(sessionAddress(noon))

  await expect(fault).rejects.toMatchObject({
    code: 'storage_unavailable',
    details: { dependency: { name: 'tables', operation: 'sessions.read' } },
  })
  await expect(fault).rejects.not.toThrow(/SECRET/)
  expect(asked).toBe(1)
})
