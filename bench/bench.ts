/**
 * `npm run bench`: what the operations of the built app cost, in the local functions host over
 * Azurite and the emulators, beside its peers. A benchmark, never a test: it judges nothing.
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../dev/functions-host/project-root.ts'
import { type BenchApp, startBenchStack } from './bench-stack.ts'
import { bundleSize } from './bundle-size.ts'
import { coldRequests } from './cold-requests.ts'
import { loadedParts } from './loaded-when.ts'
import { measureColdStarts } from './cold-start.ts'
import { measureCpu, profile } from './cpu.ts'
import { findNodeVersions } from './node-versions.ts'
import { type Party, startPeers } from './parties.ts'
import { budgetTable, peerTable, loadedTable, profileTable, startTable } from './report.ts'
import { readRunOptions } from './run-options.ts'

const options = readRunOptions(process.argv.slice(2))
const folder = (name: string) => join(projectRoot(), name)
const say = (text: string) => console.log(text)

const stack = await startBenchStack()
const parties: Party[] = []
try {
  const apps: BenchApp[] = []
  for (const build of options.builds) {
    const app = await stack.startApp(folder(`.cache/bench/builds/${build}/measured-app`))
    const name = options.builds.length === 1 ? 'entra-bff' : `entra-bff, ${build}`
    parties.push({ name, origin: app.origin, inWorker: true, stop: () => undefined })
    apps.push(app)
  }
  if (options.peers) parties.push(...(await startPeers(stack, folder('bench/peers'))))
  say(`Node ${process.versions.node}, ${cpus().length} CPUs, ${options.rounds} rounds\n`)

  const { rounds, ms } = options
  const results = options.cpu ? await measureCpu(stack, parties, { rounds, ms, count: 1_500 }) : []
  if (options.cpu) say(`${budgetTable(results.filter((each) => each.beyondEmpty))}\n`)
  if (options.cpu && options.peers) say(`${peerTable(results)}\n`)

  if (options.profile !== '')
    say(`${profileTable(await profile(options.profile, stack, parties[0]!))}\n`)

  const starts = options.coldStart ? await coldStarts(apps[0]!) : []
  const size = await bundleSize(folder('dist'))
  if (options.coldStart) {
    say(`${startTable(starts, size)}\n`)
    say(
      loadedTable(await loadedParts(folder('.cache/bench/metafile.json'), folder('package.json'))),
    )
  }
  const node = process.versions.node
  const all = { node, cpus: cpus().length, rounds, operations: results, coldStarts: starts, size }
  await writeFile(folder(options.json), `${JSON.stringify(all, null, 2)}\n`)
  say(`\n${options.json} has the figures`)
} finally {
  for (const party of parties) party.stop()
  await stack.stop()
}

async function coldStarts({ origin, env }: BenchApp) {
  const starts = []
  for (const node of await findNodeVersions(folder('bench/node-versions')))
    starts.push(
      await measureColdStarts(node, {
        script: folder('.cache/bench/load-once.mjs'),
        app: folder('dist'),
        emptyApp: folder('.cache/bench/builds/now/empty-app'),
        env: { ...env, PATH: process.env['PATH'] ?? '' },
        requests: coldRequests(origin, stack.entra.origin),
        rounds: 9,
      }),
    )
  return starts
}
