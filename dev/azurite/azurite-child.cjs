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

const end = () =>
  server
    .close()
    .catch(() => undefined)
    .finally(() => process.exit(0))

process.on('disconnect', end)
// A terminal sends these to the whole group, on Ctrl-C and as it closes: the parent decides when this
// process ends.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined)

server.start().then(
  () => process.send({ port: server.httpServer.address().port }),
  (error) => process.send({ error: error.message, code: error.code }),
)
