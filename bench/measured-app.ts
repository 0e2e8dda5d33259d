/**
 * The app as it is deployed, and beside it an empty function, one that does a single read of a table
 * through the plain SDK, and one that tells what the process has used.
 */
import '../src/functions.ts'
import { TableClient } from '@azure/data-tables'
import { app } from '@azure/functions'
import { startProfile, stopProfile } from './profile.ts'

app.http('benchEmpty', {
  route: 'bench/empty',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => ({ status: 204 }),
})

const table = TableClient.fromConnectionString(process.env['TABLES_ENDPOINT'] ?? '', 'bench', {
  allowInsecureConnection: true,
})
const row = { partitionKey: 'bench', rowKey: 'read' }
const text = 'x'.repeat(3_000)

app.http('benchPrepare', {
  route: 'bench/prepare',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => {
    await table.createTable()
    await table.upsertEntity({ ...row, text })
    return { status: 204 }
  },
})

app.http('benchRead', {
  route: 'bench/read',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => {
    await table.getEntity(row.partitionKey, row.rowKey)
    return { status: 204 }
  },
})

app.http('benchUsage', {
  route: 'bench/usage',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => ({ jsonBody: { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() } }),
})

app.http('benchProfile', {
  route: 'bench/profile',
  methods: ['POST', 'DELETE'],
  authLevel: 'anonymous',
  handler: async ({ method }) => {
    if (method === 'DELETE') return { jsonBody: await stopProfile() }
    await startProfile()
    return { status: 204 }
  },
})
