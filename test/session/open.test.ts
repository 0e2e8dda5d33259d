import { beforeEach, expect, test } from 'vitest'
import { endBySid, endEverywhere, endSession } from '../../src/session/end.ts'
import { type ProvenHandle, proveSessionCookie } from '../../src/session/session-cookie.ts'
import { randomText } from '../../src/keys/session-key.ts'
import { viewSession } from '../../src/session/view.ts'
import { touch } from '../../src/session/touch.ts'
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

test('a session opens by its cookie with one point read', async () => {
  const cookie = await world.signIn()
  const before = world.stores.operations.length
  const session = await world.open(cookie)
  expect(session?.content.user.id).toBe('ada')
  expect(world.stores.operations.slice(before)).toEqual(['sessions.read'])
})

test('no row holds an id, secret, token, name or address (D-02, J-09)', async () => {
  const cookie = await world.signIn({ sid: 'the-sid' })
  const rows = JSON.stringify([...world.stores.tables.sessions, ...world.stores.tables.index])
  const { id, secret } = ((await proveSessionCookie(cookie, world.keys)) as ProvenHandle).handle
  for (const text of [
    id,
    secret,
    'refresh-1-ada',
    'ada@contoso.test',
    'the-sid',
    'tenant',
    'Test/1.0',
  ])
    expect(rows).not.toContain(text)
})

test.each([
  ['another MAC', (cookie: string) => cookie.slice(0, -43) + randomText(32)],
  ['another secret', (cookie: string) => cookie.replace(/\.[\w-]{43}\./, `.${randomText(32)}.`)],
  ['another id', (cookie: string) => cookie.replace(/\.[\w-]{22}\./, `.${randomText(16)}.`)],
  ['another key id', (cookie: string) => cookie.replace(/^v1\.\w{8}/, 'v1.00000000')],
  ['another shard', (cookie: string) => cookie.replace(/\.00/, '.01')],
  ['garbage', () => 'garbage'],
])('a cookie with %s opens nothing and asks no storage (E-05, E-09)', async (_, alter) => {
  const cookie = await world.signIn()
  const before = world.stores.operations.length
  expect(await world.open(alter(cookie))).toBeUndefined()
  expect(world.stores.operations).toHaveLength(before)
  expect(await world.open(cookie)).toBeDefined()
})

test('the ciphertexts of two rows swapped open neither (E-12)', async () => {
  const cookies = [await world.signIn(), await world.signIn({ user: 'eve' })]
  const [a, b] = [...world.stores.tables.sessions.values()]
  ;[a!.row, b!.row] = [
    { ...a!.row, sealed: b!.row.sealed },
    { ...b!.row, sealed: a!.row.sealed },
  ]
  for (const cookie of cookies) expect(await world.open(cookie)).toBeUndefined()
  expect(world.events.map(({ members }) => members?.reason)).toEqual([
    'undecryptable',
    'undecryptable',
  ])
})

test('a session ends when idle, and its row is gone (E-06)', async () => {
  const cookie = await world.signIn()
  world.now += 3_599_000
  expect(await world.open(cookie)).toBeDefined()
  world.now += 1_000
  expect(await world.open(cookie)).toBeUndefined()
  expect(world.stores.tables.sessions.size).toBe(0)
  expect(world.events.at(-1)).toMatchObject({
    event: 'bff.session.ended',
    members: { reason: 'idle', userId: 'ada' },
  })
})

test('a session that is used ends at its absolute end all the same (E-06)', async () => {
  const cookie = await world.signIn()
  const end = (await world.open(cookie))!.row.expiresAt
  while (world.now / 1000 < end - 600) {
    world.now += 600_000
    const session = await world.open(cookie)
    await touch(session!, {
      sessions: world.stores.sessions,
      sessionIdleSeconds: 3600,
      now: world.now,
    })
  }
  const session = await world.open(cookie)
  expect(session?.row.idleExpiresAt).toBeLessThanOrEqual(end)
  world.now = end * 1000
  expect(await world.open(cookie)).toBeUndefined()
  expect(world.events.at(-1)?.members?.reason).toBe('absolute')
})

test('the idle end is written at most every 5 minutes', async () => {
  const cookie = await world.signIn()
  const slide = async () =>
    touch((await world.open(cookie))!, {
      sessions: world.stores.sessions,
      sessionIdleSeconds: 3600,
      now: world.now,
    })
  world.now += 299_000
  await slide()
  expect(world.stores.operations).not.toContain('sessions.update')
  world.now += 1_000
  expect((await slide()).row.idleExpiresAt).toBe(secondsOf(world) + 3600)
  await slide()
  expect(world.stores.operations.filter((name) => name === 'sessions.update')).toHaveLength(1)
})

test('a leased row is not touched, and a lost race is no fault', async () => {
  const cookie = await world.signIn()
  const session = (await world.open(cookie))!
  world.now += 600_000
  const options = { sessions: world.stores.sessions, sessionIdleSeconds: 3600, now: world.now }
  const leased = { ...session, row: { ...session.row, leaseUntil: world.now + 1 } }
  expect(await touch(leased, options)).toBe(leased)
  const stale = { ...session, version: 'stale' }
  expect(await touch(stale, options)).toBe(stale)
})

test('without a refresh token a session ends with its access token (E-08)', async () => {
  const cookie = await world.signIn({ tokens: { expiresIn: 1200 } })
  world.now += 1_199_000
  expect(await world.open(cookie)).toBeDefined()
  world.now += 1_000
  expect(await world.open(cookie)).toBeUndefined()
})

test('a session never outlives its refresh token (E-08)', async () => {
  const tokens = { expiresIn: 600, refreshToken: 'r', refreshTokenExpiresIn: 1800 }
  const session = await world.open(await world.signIn({ tokens }))
  expect(session?.row.expiresAt).toBe(secondsOf(world) + 1800)
})

test('a storage fault is thrown, never "signed out" (E-11)', async () => {
  const cookie = await world.signIn()
  world.stores.fail('sessions.read')
  await expect(world.open(cookie)).rejects.toMatchObject({ code: 'storage_unavailable' })
  expect(await world.open(cookie)).toBeDefined()
})

test('the view has seconds left and nothing else', async () => {
  const session = await world.open(await world.signIn())
  expect(viewSession(session!, world.now, 'https://x/auth/logout')).toEqual({
    authenticated: true,
    user: session!.content.user,
    expiresIn: session!.row.expiresAt - secondsOf(world),
    idleExpiresIn: 3600,
    accessTokenExpiresIn: 3600,
    logoutUrl: 'https://x/auth/logout',
  })
})

test('ending a session takes its row and its index rows (H-07)', async () => {
  const session = await world.open(await world.signIn({ sid: 's' }))
  await endSession(session!, 'logout', ending())
  expect(world.stores.tables.sessions.size + world.stores.tables.index.size).toBe(0)
})

test('signing out everywhere ends the sessions of that user only', async () => {
  const [first, second] = [await world.signIn(), await world.signIn()]
  const other = await world.signIn({ user: 'eve' })
  await endEverywhere((await world.open(first))!, ending())
  expect(await world.open(first)).toBeUndefined()
  expect(await world.open(second)).toBeUndefined()
  expect(await world.open(other)).toBeDefined()
})

test('a front-channel logout ends every session of its sid, and no other (H-08)', async () => {
  const [a, b] = [await world.signIn({ sid: 'one' }), await world.signIn({ sid: 'one' })]
  const other = await world.signIn({ sid: 'two' })
  await endBySid('one', ending())
  expect([await world.open(a), await world.open(b)]).toEqual([undefined, undefined])
  expect(await world.open(other)).toBeDefined()
  await endBySid('unknown', ending())
  expect(await world.open(other)).toBeDefined()
})

test('a session that was renewed while it was read as over is not deleted (E-06)', async () => {
  const cookie = await world.signIn()
  const session = (await world.open(cookie))!
  world.now += 3_600_000
  world.stores.before('sessions.delete', async () => {
    await world.stores.sessions.update(session.at, session.version, {
      idleExpiresAt: secondsOf(world) + 3600,
    })
  })
  expect(await world.open(cookie)).toBeUndefined()
  expect(await world.open(cookie)).toBeDefined()
})
