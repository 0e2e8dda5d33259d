/** The app as it is deployed, with an empty function beside it and one that tells what it has used. */
import '../src/functions.ts'
import { app } from '@azure/functions'

app.http('benchEmpty', {
  route: 'bench/empty',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => ({ status: 204 }),
})

app.http('benchUsage', {
  route: 'bench/usage',
  methods: ['GET'],
  authLevel: 'anonymous',
  handler: async () => ({ jsonBody: { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() } }),
})
