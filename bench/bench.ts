/**
 * `npm run bench`: what the operations of the built app cost, in the local functions host over
 * Azurite and the emulators. A benchmark, never a test: it judges nothing and always ends well.
 */
import { Agent } from 'node:http'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { projectRoot } from '../dev/functions-host/project-root.ts'
import { startBenchStack } from './bench-stack.ts'
import { bundleSize, measureColdStarts } from './cold-start.ts'
import { type Figures, measure, type Operation, operations, type Usage } from './measure.ts'
import { operationTable, startTable } from './report.ts'
import { createVirtualUser } from './virtual-user.ts'

const userCount = 8
const roundCount = 3
const warmUp = { ms: 2_000, count: 400 }
const bounds = { ms: 2_500, count: 1_500 }

const folder = (name: string) => join(projectRoot(), name)
const say = (text: string) => console.log(text)

const agent = new Agent({ keepAlive: true, maxSockets: userCount })
const stack = await startBenchStack(folder('.cache/bench/measured-app'))
try {
  const users = await Promise.all(
    Array.from({ length: userCount }, () => createVirtualUser(stack, agent)),
  )
  const usage = async () => (await (await fetch(`${stack.origin}/bench/usage`)).json()) as Usage
  say(`Node ${process.versions.node}, ${cpus().length} CPUs, ${userCount} virtual users\n`)

  await fetch(`${stack.origin}/bench/prepare`)
  for (const operation of operations) await measure(operation, users, usage, warmUp)
  const rounds = Object.fromEntries(
    operations.map((operation): [Operation, Figures[]] => [operation, []]),
  ) as Record<Operation, Figures[]>
  for (let round = 0; round < roundCount; round++)
    for (const operation of operations)
      rounds[operation].push(await measure(operation, users, usage, bounds))
  say("CPU time of the functions' process beyond an empty function, medians of rounds;")
  say('the budget is that of a machine where a read through the plain SDK costs 0.22 CPU-ms:\n')
  say(`${operationTable(rounds)}\n`)
  say(`Memory in the end: ${((await usage()).rss / 1024 / 1024).toFixed(0)} MiB\n`)

  const apps = [folder('dist'), folder('.cache/bench/empty-app')]
  const env = { ...stack.env, PATH: process.env['PATH'] ?? '' }
  const starts = await measureColdStarts(folder('.cache/bench/load-once.mjs'), apps, env)
  say(startTable(starts, await bundleSize(folder('dist'))))
} finally {
  agent.destroy()
  await stack.stop()
}
