import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deleteRegistration, registrationName } from '../../../scripts/azd/app-registration.ts'
import { createGraph } from '../../../scripts/azd/graph.ts'
import { type FakeGraph, startFakeGraph } from './fake-graph.ts'

let graph: FakeGraph
let lines: string[]

beforeEach(async () => {
  graph = await startFakeGraph()
  lines = []
})

afterEach(() => graph.stop())

function run(environmentName: string, purge = false): Promise<void> {
  const token = (): Promise<string> => Promise.resolve('token')
  return deleteRegistration({
    graph: createGraph({ url: graph.url, token, wait: () => Promise.resolve() }),
    subscriptionId: '66666666-6666-4666-8666-666666666666',
    environmentName,
    purge,
    log: (line) => lines.push(line),
  })
}

test('deletes the registration of the environment, which can be restored', async () => {
  const { id } = graph.applications[0]!
  await run('dev')

  expect(graph.applications).toEqual([])
  expect(graph.deleted).toHaveLength(1)
  expect(lines).toEqual([
    `deleted entra-bff (dev) (client id 33333333-3333-4333-8333-333333333333, object id ${id}); it can be restored for 30 days`,
  ])
})

test('deletes it for good when asked to', async () => {
  await run('dev', true)

  expect(graph.applications).toEqual([])
  expect(graph.deleted).toEqual([])
})

test('leaves the registration of another environment alone', async () => {
  await run('production')

  expect(graph.applications).toHaveLength(1)
  expect(lines).toEqual([
    'no app registration of this environment (entra-bff-66666666-6666-4666-8666-666666666666-production)',
  ])
})

test('looks for the very name that the template gives', async () => {
  const snapshot = await readFile(new URL('../identity.snapshot.json', import.meta.url), 'utf8')
  const name = registrationName({
    subscriptionId: '66666666-6666-4666-8666-666666666666',
    environmentName: 'identity',
  })
  expect(snapshot).toContain(`"uniqueName": "${name}"`)
})
