import { TableClient, TableServiceClient } from '@azure/data-tables'
import { beforeAll, expect, test } from 'vitest'
import type { Azurite } from '../../dev/azurite/start-azurite.ts'
import { createTableStores } from '../../src/azure/table-stores.ts'
import type { RowAddress, Stores } from '../../src/stores/ports.ts'
import {
  indexRow,
  loginAddress,
  loginRow,
  noon,
  sessionAddress,
  sessionRow,
  testHash,
} from '../support/store-rows.ts'
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

test.each([
  ['nothing', {}],
  ['texts for times', { exp: 'soon', sealed: 5 }],
  ['a boolean for a time', { exp: true }],
])('a row of %s reads as missing', async (_, columns) => {
  const [login, session] = [loginAddress(noon), sessionAddress(noon)]
  await write('signIns', login, columns)
  await write('sessions', session, columns)

  expect(await stores.logins.read(login)).toBeUndefined()
  expect(await stores.sessions.read(session)).toBeUndefined()
})

test('a session row of other kinds of columns reads as one that has ended', async () => {
  const at = sessionAddress(noon)
  await write('sessions', at, {
    exp: noon,
    idle: 'x',
    generation: 1.5,
    sid: new Date(),
    user: new Uint8Array([1]),
    leaseId: 7,
    n_session: 3,
    s0_session: 'only the first',
    n___proto__: 1,
  })

  expect((await stores.sessions.read(at))?.row).toEqual(
    sessionRow({
      expiresAt: noon,
      idleExpiresAt: 0,
      createdAt: 0,
      accessTokenExpiresAt: 0,
      refreshedAt: 0,
      generation: 0,
      sidHash: '',
      userHash: '',
      salt: '',
      sealed: {},
    }),
  )
})

test('an index row that points nowhere is not found, and the sweep clears all of them', async () => {
  const hash = testHash()
  const partitionKey = Buffer.from(hash, 'base64url').subarray(0, 1).toString('hex')
  const client = tableClient('sessionIndex')
  const row = { partitionKey, exp: noon - 5 * 3600 }
  await client.createEntity({ ...row, rowKey: `${hash}|no-shard` })
  await client.createEntity({ ...row, rowKey: `${hash}|bad`, shard: "0'", bucket: 'x' })
  await write('sessions', sessionAddress(noon - 5 * 3600), { sid: "x' or '", user: 9 })
  expect(await stores.index.find([hash])).toEqual([])

  const report = await stores.sweeper.sweep({ now: noon * 1000, budgetMs: 60_000, orphans: true })

  expect(report).toMatchObject({ scanned: 3, deleted: 3, complete: true })
})

test('a table that disappears is made again, and the call that met it works', async () => {
  const service = TableServiceClient.fromConnectionString(azurite.connectionString, {
    allowInsecureConnection: true,
  })
  for (const name of ['signIns', 'sessions', 'sessionIndex']) await service.deleteTable(name)
  const [login, session] = [loginAddress(noon), sessionAddress(noon)]

  expect(await stores.sessions.read(session)).toBeUndefined()
  const creations = Array.from({ length: 10 }, () => stores.logins.create(login, loginRow()))
  await Promise.all(creations)
  await stores.index.put([indexRow(testHash(), session)])

  expect((await stores.logins.read(login))?.row).toEqual(loginRow())
})

test('a session row has these columns and no others', async () => {
  const at = sessionAddress(noon)
  await stores.sessions.create(at, sessionRow())

  const raw = await tableClient('sessions').getEntity(`${at.shard}|${at.bucket}`, at.hash)

  const own = 'odata.metadata etag partitionKey rowKey timestamp'
  const times = 'exp idle created accessTokenExp refreshed leaseUntil retryAt'
  const rest = 'generation leaseId sid user salt n_session s0_session'
  expect(Object.keys(raw).sort()).toEqual(`${own} ${times} ${rest}`.split(' ').sort())
})

async function write(table: string, at: RowAddress, columns: Record<string, unknown>) {
  const keys = { partitionKey: `${at.shard}|${at.bucket}`, rowKey: at.hash }
  await tableClient(table).createEntity({ ...columns, ...keys })
}

function tableClient(table: string): TableClient {
  return TableClient.fromConnectionString(azurite.connectionString, table, {
    allowInsecureConnection: true,
  })
}
