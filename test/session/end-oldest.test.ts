import { beforeEach, expect, test } from 'vitest'
import { endOldestSessions } from '../../src/session/end-oldest.ts'
import { findUserSessions } from '../../src/session/end.ts'
import { createSessionWorld, type SessionWorld } from '../support/sessions.ts'

let world: SessionWorld
beforeEach(() => {
  world = createSessionWorld()
})

async function hold(limit: number): Promise<void> {
  const ending = {
    sessions: world.stores.sessions,
    index: world.stores.index,
    sessionKeys: world.keys,
    write: world.write,
  }
  const entries = await findUserSessions({ id: 'ada', tenantId: 'tenant' }, ending)
  await endOldestSessions(entries, { userId: 'ada', limit, now: world.now }, ending)
}

async function signInFive(): Promise<string[]> {
  const cookies: string[] = []
  for (let count = 0; count < 5; count++) {
    cookies.push(await world.signIn({ sid: `sid-${count}` }))
    world.now += 600_000
  }
  return cookies
}

const live = async (cookies: readonly string[]) =>
  Promise.all(cookies.map(async (cookie) => (await world.open(cookie)) !== undefined))

test('the oldest end first, with their index rows, and it is told why', async () => {
  const cookies = await signInFive()
  await hold(3)
  expect(await live(cookies)).toEqual([false, false, true, true, true])
  expect(world.stores.tables.index.size).toBe(6)
  expect(world.events).toMatchObject([
    { event: 'bff.session.ended', members: { reason: 'too_many_sessions', userId: 'ada' } },
    { event: 'bff.session.ended', members: { reason: 'too_many_sessions', userId: 'ada' } },
  ])
})

test('up to the limit no session is read', async () => {
  await signInFive()
  const before = world.stores.operations.length
  await hold(5)
  expect(world.stores.operations.slice(before)).toEqual(['index.find'])
})

test('sessions that are over are not counted, and their pointers go', async () => {
  const cookies = await signInFive()
  const replaced = (await world.open(cookies[4]!))!
  await world.stores.sessions.delete(replaced.at)
  // Idle since the first one ran out: of the others none has.
  world.now += 650_000
  await hold(3)
  expect(await live(cookies)).toEqual([false, true, true, true, false])
  expect(world.events.map(({ members }) => members?.reason)).toEqual(['idle'])
  expect(world.stores.tables.sessions.size).toBe(3)
})

test('a fault leaves the sessions as they are', async () => {
  const cookies = await signInFive()
  world.stores.fail('sessions.read')
  await expect(hold(3)).rejects.toMatchObject({ code: 'storage_unavailable' })
  expect(await live(cookies)).toEqual([true, true, true, true, true])
})
