import { beforeEach, expect, test } from 'vitest'
import { endBySid, endEverywhere, endSession } from '../../src/session/end.ts'
import { createSessionWorld, secondsOf, type SessionWorld } from '../support/sessions.ts'

let world: SessionWorld
beforeEach(() => {
  world = createSessionWorld()
})

const ending = () => ({
  sessions: world.stores.sessions,
  index: world.stores.index,
  sessionKeys: world.keys,
  write: world.write,
})
const rows = () => ({
  sessions: world.stores.tables.sessions.size,
  index: world.stores.tables.index.size,
})

test('a session that could not be ended is still found by its index rows (H-06)', async () => {
  const session = (await world.open(await world.signIn({ sid: 's' })))!
  world.stores.fail('sessions.delete')
  await expect(endSession(session, 'logout', ending())).rejects.toMatchObject({
    code: 'storage_unavailable',
  })
  expect(rows()).toEqual({ sessions: 1, index: 2 })
  await endBySid('s', ending())
  expect(rows()).toEqual({ sessions: 0, index: 0 })
})

test('once its row is gone a session has ended, whatever becomes of the index rows', async () => {
  const session = (await world.open(await world.signIn({ sid: 's' })))!
  world.stores.fail('index.remove')
  await endSession(session, 'logout', ending())
  expect(rows().sessions).toBe(0)
  expect(world.events.map(({ event }) => event)).toEqual([
    'bff.session.ended',
    'bff.dependency.failed',
  ])
})

test('sessions found by sid or user leave no index row of the other kind behind (J-09)', async () => {
  await world.signIn({ sid: 'one' })
  await world.signIn({ sid: 'one' })
  await endBySid('one', ending())
  expect(rows()).toEqual({ sessions: 0, index: 0 })
  const [mine] = [await world.signIn({ sid: 'two' }), await world.signIn({ sid: 'three' })]
  await endEverywhere((await world.open(mine))!, ending())
  expect(rows()).toEqual({ sessions: 0, index: 0 })
})

test('where one of several sessions cannot be ended, its own session is kept to try again (H-06)', async () => {
  const [mine] = [await world.signIn(), await world.signIn()]
  const session = (await world.open(mine))!
  world.stores.fail('sessions.delete')
  await expect(endEverywhere(session, ending())).rejects.toMatchObject({
    code: 'storage_unavailable',
  })
  expect(await world.open(mine)).toBeDefined()
  await endEverywhere(session, ending())
  expect(rows()).toEqual({ sessions: 0, index: 0 })
})

test('index rows last as long as the session may, though its refresh token ends sooner (E-08)', async () => {
  const tokens = { expiresIn: 600, refreshToken: 'r', refreshTokenExpiresIn: 1800 }
  const session = (await world.open(await world.signIn({ tokens })))!
  expect(session.row.expiresAt).toBe(secondsOf(world) + 1800)
  const ends = [...world.stores.tables.index.values()].map(({ expiresAt }) => expiresAt)
  expect(ends).toEqual(ends.map(() => session.content.absoluteExpiresAt))
})
