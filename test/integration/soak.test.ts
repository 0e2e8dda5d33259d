import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientSecret } from '../../dev/entra/defaults.ts'
import { receivedText } from '../support/http-browser.ts'
import { clearLines } from '../support/instances.ts'
import { troubles } from '../support/soak/chaos.ts'
import { createCrowd } from '../support/soak/members.ts'
import { createTally } from '../support/soak/tally.ts'
import { type Stack, startStack } from '../support/stack.ts'

/** `npm run soak` asks for more of everything. */
const sessions = Number(process.env['SOAK_SESSIONS'] ?? 40)
const troubleSeconds = Number(process.env['SOAK_TROUBLE_SECONDS'] ?? 2)
const rounds = Number(process.env['SOAK_ROUNDS'] ?? 1)
const seed = Number(process.env['SOAK_SEED'] ?? 1)
const workers = 8
const canary = `canary${randomBytes(8).toString('hex')}`

let stack: Stack
let directory: string
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'soak-'))
  stack = await startStack({ instances: 2, ownAzurite: true, azuriteDirectory: directory })
  await stack.admin.settings({ canary })
})
afterAll(async () => {
  await stack.stop()
  rmSync(directory, { recursive: true, force: true })
})

test('L-05 whatever goes away under load, nobody is signed out, mistaken or told a secret', async () => {
  const tally = createTally()
  const random = seeded(seed)
  const crowd = createCrowd(stack, tally, random)
  const readLeaks = () => {
    const lines = stack.hosts.flatMap(({ logs }) => logs.map(({ message }) => message))
    for (const text of [...receivedText.splice(0), ...lines])
      if (text.includes(canary) || text.includes(clientSecret)) tally.counts.leaks++
    clearLines(stack)
  }
  const work = async (isOver: () => boolean) => {
    while (!isOver()) {
      if (crowd.size() < sessions) await crowd.join()
      else await crowd.act()
    }
  }
  const during = async (isOver: () => boolean) => {
    await Promise.all(Array.from({ length: workers }, () => work(isOver)))
    readLeaks()
  }
  const forSeconds = (seconds: number) => {
    const endsAt = performance.now() + seconds * 1000
    return during(() => performance.now() > endsAt)
  }

  await during(() => crowd.size() >= sessions)
  for (let round = 0; round < rounds; round++)
    for (const trouble of troubles(stack, directory)) {
      await trouble.begin()
      await forSeconds(troubleSeconds)
      await trouble.end()
      await forSeconds(troubleSeconds)
    }
  // Failures of the provider are remembered for a moment.
  await wait(1_000)
  await crowd.countAll()
  readLeaks()

  const figures = tally.figures()
  mkdirSync('.cache', { recursive: true })
  writeFileSync('.cache/soak.json', `${JSON.stringify(figures, null, 2)}\n`)
  expect(figures).toMatchObject({
    lostSessions: 0,
    wrongUsers: 0,
    revivedSessions: 0,
    leakedSecrets: 0,
  })
  expect(figures.signedIn).toBeGreaterThanOrEqual(sessions)
  // No fault is a blank 500, whatever went away.
  expect(Object.keys(figures.errors).filter((kind) => kind.startsWith('500'))).toEqual([])
}, 3_600_000)

/** Numbers that a seed decides, for what the crowd does. */
function seeded(from: number): () => number {
  let state = from
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}
