import { beforeEach, expect, test } from 'vitest'
import type { OpenSession } from '../../src/session/session.ts'
import { storeStep, takeStep } from '../../src/renewal/step-up.ts'
import { createSessionWorld, type SessionWorld } from '../support/sessions.ts'

let world: SessionWorld
let cookie: string

beforeEach(async () => {
  world = createSessionWorld()
  cookie = await world.signIn()
})

const open = async (): Promise<OpenSession> => (await world.open(cookie))!
const parts = () => ({ sessions: world.stores.sessions, now: () => world.now })
const demand = {
  upstream: 'demo',
  reason: 'claims',
  claims: '{"access_token":{}}',
  maxAge: 60,
} as const

test('a step-up is kept sealed, is found by its id and is used once', async () => {
  const id = await storeStep(await open(), demand, parts())
  expect(id).toMatch(/^[\w-]{22}$/)
  const session = await open()
  expect(JSON.stringify(session.row)).not.toContain('access_token')
  const taken = takeStep(session, id!, world.now)
  expect(taken?.step).toMatchObject(demand)
  await world.stores.sessions.update(session.at, session.version, { sealed: taken!.sealed })
  expect(takeStep(await open(), id!, world.now)).toBeUndefined()
})

test('the same demand gets the same step while there is time left for it, without a write', async () => {
  const id = await storeStep(await open(), demand, parts())
  const before = world.stores.operations.length
  world.now += 299_000
  expect(await storeStep(await open(), demand, parts())).toBe(id)
  expect(world.stores.operations.slice(before)).toEqual(['sessions.read'])
  for (const other of [
    { ...demand, upstream: 'other' },
    { ...demand, claims: '{}' },
    { ...demand, maxAge: 61 },
    { upstream: 'demo', reason: 'claims' } as const,
  ])
    expect(await storeStep(await open(), other, parts())).not.toBe(id)
  world.now += 2_000
  expect(await storeStep(await open(), demand, parts())).not.toBe(id)
})

test('a row that changed in between is read again; a session that is gone needs no step', async () => {
  const session = await open()
  await world.stores.sessions.update(session.at, session.version, { refreshedAt: 1 })
  const id = await storeStep(session, demand, parts())
  expect(takeStep(await open(), id!, world.now)).toBeDefined()
  await world.stores.sessions.delete(session.at)
  expect(await storeStep(session, { ...demand, maxAge: 1 }, parts())).toBeUndefined()
  expect(world.stores.tables.sessions.size).toBe(0)
})

test('at most eight are kept: the oldest goes', async () => {
  const ids: (string | undefined)[] = []
  for (let maxAge = 0; maxAge < 9; maxAge++)
    ids.push(await storeStep(await open(), { ...demand, maxAge }, parts()))
  const session = await open()
  const kept = ids.map((id) => takeStep(session, id!, world.now)?.step.maxAge)
  expect(kept).toEqual([undefined, 1, 2, 3, 4, 5, 6, 7, 8])
})
