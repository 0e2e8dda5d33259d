import { TableClient } from '@azure/data-tables'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startAzurite } from '../../../dev/azurite/start-azurite.ts'

function table(connectionString: string): TableClient {
  return TableClient.fromConnectionString(connectionString, 'signIns', {
    allowInsecureConnection: true,
    retryOptions: { maxRetries: 0 },
  })
}

test('keeps accounts apart', async () => {
  const azurite = await startAzurite({ accounts: 2 })
  const [first, second] = azurite.connectionStrings.map(table)
  await first?.createTable()
  await second?.createTable()
  await first?.createEntity({ partitionKey: 'p', rowKey: 'r', value: 1 })

  await expect(first?.getEntity('p', 'r')).resolves.toMatchObject({ value: 1 })
  await expect(second?.getEntity('p', 'r')).rejects.toMatchObject({ statusCode: 404 })
  expect(azurite.connectionString).toBe(azurite.connectionStrings[0])
  await azurite.stop()
})

test('refuses a stale ETag, a duplicate and a property above 32 Ki characters', async () => {
  const azurite = await startAzurite()
  const logins = table(azurite.connectionString)
  await logins.createTable()
  const row = { partitionKey: 'p', rowKey: 'r' }
  const { etag } = await logins.createEntity(row)
  await logins.updateEntity({ ...row, used: true }, 'Merge')

  await expect(logins.updateEntity(row, 'Merge', { etag: etag ?? '' })).rejects.toMatchObject({
    statusCode: 412,
  })
  await expect(logins.createEntity(row)).rejects.toMatchObject({ statusCode: 409 })
  const large = { partitionKey: 'p', rowKey: 'large', value: 'x'.repeat(33_000) }
  await expect(logins.createEntity(large)).rejects.toMatchObject({ statusCode: 400 })
  await azurite.stop()
})

test('forgets everything in memory, and keeps it in a directory', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'azurite-'))
  const row = { partitionKey: 'p', rowKey: 'r', value: 'kept' }
  const first = await startAzurite({ directory })
  await table(first.connectionString).createTable()
  await table(first.connectionString).createEntity(row)
  await first.stop()

  const second = await startAzurite({ directory })
  await expect(table(second.connectionString).getEntity('p', 'r')).resolves.toMatchObject(row)
  await second.stop()
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'has kept every row that it answered when %s ends it',
  async (signal) => {
    const directory = await mkdtemp(join(tmpdir(), 'azurite-'))
    const first = await startAzurite({ directory })
    const rows = table(first.connectionString)
    await rows.createTable()
    const keys = Array.from({ length: 20 }, (_, index) => `key ${index}`)
    await Promise.all(keys.map((rowKey) => rows.createEntity({ partitionKey: 'p', rowKey })))
    await rows.deleteEntity('p', 'key 0')
    process.kill(first.pid, signal)
    await first.ended

    const second = await startAzurite({ directory })
    const kept = new Set<unknown>()
    for await (const { rowKey } of table(second.connectionString).listEntities()) kept.add(rowKey)
    expect(kept).toEqual(new Set(keys.slice(1)))
    await second.stop()
  },
)

test('leaves nothing listening when it stops or is killed', async () => {
  const stopped = await startAzurite()
  await stopped.stop()
  const killed = await startAzurite()
  killed.kill()
  await killed.stop()

  for (const { port } of [stopped, killed]) {
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow()
  }
})

test('rejects a port that is taken, with its code', async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  const { port } = taken.address() as { port: number }

  await expect(startAzurite({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  taken.close()
})
