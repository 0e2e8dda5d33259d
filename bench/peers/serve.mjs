import { createServer } from 'node:http'

/** What the benchmark tells a peer: provider, client, API and tables, as environment variables. */
export const settings = {
  issuer: process.env.ISSUER,
  clientId: process.env.CLIENT_ID,
  clientSecret: process.env.CLIENT_SECRET,
  apiOrigin: process.env.API_ORIGIN,
  scope: process.env.SCOPE,
  tables: process.env.TABLES_ENDPOINT,
}

/**
 * Listens on a free port, builds the peer for its origin and tells the benchmark. Beside the peer's
 * own paths it answers what every measured process does: an empty call, and what it has used.
 */
export async function serve(build) {
  const server = createServer({ keepAlive: true })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://localhost:${server.address().port}`
  const peer = await build(origin)
  server.on('request', (request, response) => {
    if (request.url === '/bench/empty') response.writeHead(204).end()
    else if (request.url === '/bench/usage') response.end(JSON.stringify(usage()))
    else peer(request, response)
  })
  process.once('disconnect', () => process.exit(0))
  process.send({ origin })
}

function usage() {
  return { cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }
}
