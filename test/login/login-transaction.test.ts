import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  type LoginContent,
  loginAddress,
  openLogin,
  startLogin,
  verifyState,
} from '../../src/login/login-transaction.ts'
import { createSessionKey, randomText } from '../../src/keys/session-key.ts'
import { deriveSession } from '../../src/session/session.ts'
import { spendLogin } from '../../src/login/spend-login.ts'
import { createMemoryStores } from '../support/memory-stores.ts'

const key = createSessionKey(randomBytes(32))
const now = 1_800_000_000_000
const attempt = { now, codeHash: 'hash-of-the-code', landing: 'sealed' }
const times = { loginTtlSeconds: 600, sessionAbsoluteSeconds: 43_200, sessionIdleSeconds: 3600 }
const content: LoginContent = {
  nonce: randomText(32),
  codeVerifier: randomText(32),
  returnTo: 'https://app.example.com/',
  silent: false,
  startedAt: now,
}
const find = async (id: string) => (id === key.id ? key : undefined)

function start(binding = randomText(32)) {
  return { binding, ...startLogin({ key, binding, shard: '00', content, now, ttlSeconds: 600 }) }
}

test('a login opens for the browser that started it, and its row names nothing (D-02, K-01)', async () => {
  const login = start()
  const { handle } = await verifyState(login.state, login.binding, find)
  expect(loginAddress(key, handle)).toEqual(login.at)
  expect(openLogin(key, login.binding, login.at, login.row)).toEqual(content)
  const stored = JSON.stringify([login.at, login.row])
  for (const secret of [
    content.nonce,
    content.codeVerifier,
    login.binding,
    content.returnTo,
    handle.random,
  ])
    expect(stored).not.toContain(secret)
})

test('a thousand logins share nothing (A-02)', () => {
  const states = Array.from({ length: 1000 }, () => start().state)
  expect(new Set(states.map((state) => state.split('.')[3])).size).toBe(1000)
})

test('every altered state is refused before storage (B-02, A-04)', async () => {
  const login = start()
  const { state, binding } = login
  const flip = (text: string, at: number) =>
    text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
  const altered = [
    '',
    state.slice(0, -1),
    `${state}x`,
    state.toUpperCase(),
    ...[3, 12, 14, 22, 40, 70].map((at) => flip(state, at)),
    state.replace(/\.[^.]+$/, `.${start(binding).state.split('.')[4]}`),
  ]
  for (const text of altered)
    await expect(verifyState(text, binding, find)).rejects.toMatchObject({
      code: 'login_not_started',
    })
})

test('a state of another browser is refused, and one without a binding (A-04, B-05)', async () => {
  const { state } = start()
  for (const binding of [randomText(32), undefined])
    await expect(verifyState(state, binding, find)).rejects.toMatchObject({
      code: 'login_not_started',
    })
})

test('the session follows from state, binding and code, and from nothing less', async () => {
  const login = start()
  const proven = await verifyState(login.state, login.binding, find)
  const session = deriveSession(proven, 'code', times)
  expect(deriveSession(proven, 'code', times)).toEqual(session)
  expect(deriveSession(proven, 'other', times).handle.id).not.toBe(session.handle.id)
  const otherKey = { ...proven, key: createSessionKey(randomBytes(32)) }
  expect(deriveSession(otherKey, 'code', times).handle.secret).not.toBe(session.handle.secret)
  const otherBinding = { ...proven, binding: randomText(32) }
  expect(deriveSession(otherBinding, 'code', times).handle.id).not.toBe(session.handle.id)
})

test('of fifty attempts one spends the login (K-02, B-03)', async () => {
  const { logins } = createMemoryStores()
  const login = start()
  await logins.create(login.at, login.row)
  const stored = (await logins.read(login.at))!
  const spendings = await Promise.all(
    Array.from({ length: 50 }, () => spendLogin(logins, login.at, stored, attempt)),
  )
  expect(spendings.filter((spending) => spending?.spent === 'by_us')).toHaveLength(1)
  expect(spendings.filter((spending) => spending?.spent === 'by_another')).toHaveLength(49)
  expect((await logins.read(login.at))?.row.sealed).toBe('sealed')
})

test('an attempt whose answer was lost recognises its own write (K-08)', async () => {
  const stores = createMemoryStores()
  const login = start()
  await stores.logins.create(login.at, login.row)
  const stored = (await stores.logins.read(login.at))!
  stores.loseAnswer('logins.update')
  expect(await spendLogin(stores.logins, login.at, stored, attempt)).toMatchObject({
    spent: 'by_us',
  })
})

test('a login that is gone is not spent', async () => {
  const { logins } = createMemoryStores()
  const login = start()
  const stored = { row: login.row, version: 'x' }
  expect(await spendLogin(logins, login.at, stored, attempt)).toBeUndefined()
})

test.each([
  ['no state', undefined, 'b', 'state_missing'],
  ['an empty state', '', 'b', 'state_missing'],
  ['no state and no binding', undefined, undefined, 'state_missing'],
  ['no binding', 'v1.x', undefined, 'binding_missing'],
  ['a state of another form', 'v1.x', 'b', 'state_forged'],
])('a callback with %s says so', async (_, state, binding, loginFailure) => {
  await expect(verifyState(state, binding, find)).rejects.toMatchObject({
    code: 'login_not_started',
    details: { loginFailure },
  })
})

test('a state under a key that nobody knows is told from a forged one', async () => {
  const { state, binding } = start()
  await expect(verifyState(state, binding, async () => undefined)).rejects.toMatchObject({
    details: { loginFailure: 'state_key_unknown' },
  })
  await expect(verifyState(state, `${binding}x`, find)).rejects.toMatchObject({
    details: { loginFailure: 'state_forged' },
  })
})

test('a login ends when its time is over', () => {
  const { row, at } = start()
  expect(row).toMatchObject({ expiresAt: now / 1000 + 600, usedBy: '', usedAt: 0, failure: '' })
  expect(Number(at.bucket)).toBe(Math.floor((now / 1000 + 600) / 300))
})

test.each([[''], ['salt'], ['.'], ['salt.'], ['.sealed'], ['salt.sealed.more']])(
  'a row that holds "%s" opens to nothing',
  (sealed) => {
    const { row, at, binding } = start()
    expect(openLogin(key, binding, at, { ...row, sealed })).toBeUndefined()
  },
)
