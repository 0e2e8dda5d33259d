/**
 * Azurite's Table service in a process of its own, on a free port that it tells its parent. It ends
 * with its parent. Deep imports: azurite has no exports map, its version is pinned.
 */
const { configLogger } = require('azurite/dist/src/common/Logger')
const TableConfiguration = require('azurite/dist/src/table/TableConfiguration').default
const TableServer = require('azurite/dist/src/table/TableServer').default

configLogger(false)

const port = Number(process.env.AZURITE_TABLE_PORT ?? 0)
const database = process.env.AZURITE_TABLE_DATABASE
const configuration = new TableConfiguration(
  '127.0.0.1',
  port,
  5, // keep-alive timeout in seconds
  database ?? '',
  false, // debug log
  false, // access log
  undefined,
  undefined,
  false, // loose mode
  true, // skip the check of the API version: SDKs are newer
  '',
  '',
  '',
  undefined,
  false,
  database === undefined, // in memory
)
const server = new TableServer(configuration)

if (database !== undefined) server.httpServer.prependListener('request', saveBeforeAnswer)

const writingMethods = ['POST', 'PUT', 'PATCH', 'MERGE', 'DELETE']

/** Azurite itself saves every 5 s: whoever ends the process would lose what it has answered since. */
function saveBeforeAnswer(request, response) {
  if (!writingMethods.includes(request.method)) return
  const { write, end } = response
  const chunks = []
  response.write = (chunk, encoding) => {
    chunks.push([chunk, typeof encoding === 'string' ? encoding : undefined])
    return true
  }
  response.end = (chunk, encoding) => {
    server.metadataStore.db.saveDatabase((error) => {
      if (error) response.destroy(error)
      else {
        for (const written of chunks) write.apply(response, written)
        end.apply(response, typeof chunk === 'function' ? [] : [chunk, encoding])
      }
    })
    return response
  }
}

let ending = false
/** `server.close` waits for calls that are being answered; only then does it save for the last time. */
const end = () => {
  if (ending) return
  ending = true
  server.httpServer.closeIdleConnections()
  server
    .close()
    .catch(() => undefined)
    .finally(() => process.exit(0))
}

process.on('disconnect', end)
process.on('SIGTERM', end)
// A terminal sends these to the whole group, on Ctrl-C and as it closes: the parent decides when this
// process ends.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)

server.start().then(
  () => process.send({ port: server.httpServer.address().port }),
  (error) => process.send({ error: error.message, code: error.code }),
)
