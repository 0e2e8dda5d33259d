import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Azurite } from '../../dev/azurite/start-azurite.ts'
import { createTableStores } from '../../src/azure/table-stores.ts'
import type { Stores } from '../../src/stores/ports.ts'
import { type FaultProxy, startFaultProxy, throughProxy } from '../support/fault-proxy.ts'
import {
  indexRow,
  loginAddress,
  loginRow,
  noon,
  sessionAddress,
  sessionRow,
  testHash,
} from '../support/store-rows.ts'
import { leaseAccounts } from '../support/azurite-accounts.ts'

let azurite: Azurite
let proxy: FaultProxy
let stores: Stores

const end = noon + 12 * 3600

/** Storage as the first account behind the proxy and a second one that nothing troubles. */
beforeAll(async () => {
  azurite = await leaseAccounts(2)
  proxy = await startFaultProxy({ target: `http://127.0.0.1:${azurite.port}` })
  const [first = '', second = ''] = azurite.connectionStrings
  stores = createTableStores(
    [throughProxy(first, proxy), second].map((value) => ({
      kind: 'connection-string',
      value,
      acceptsNew: true,
    })),
    { now: () => Date.now(), tokenCredential: () => Promise.reject(new Error('none')) },
  )
  await stores.probe()
})

beforeEach(() => {
  proxy.rules.clear()
  proxy.reset()
})

afterAll(async () => {
  await proxy.stop()
})

const is = (wanted: string) => (method: string) => method === wanted

test('each operation is one request', async () => {
  const [login, session] = [loginAddress(noon + 600), sessionAddress(end)]
  await stores.logins.create(login, loginRow())
  const read = await stores.logins.read(login)
  await stores.logins.update(login, read?.version ?? '', { usedBy: 'a' })
  await stores.sessions.create(session, sessionRow())
  const version = (await stores.sessions.read(session))?.version ?? ''
  await stores.sessions.update(session, version, { generation: 2 })
  await stores.sessions.delete(session)
  await stores.index.put([indexRow(testHash(), session), indexRow(testHash(), session)])
  await stores.index.find([testHash()])

  expect(proxy.counts()).toEqual({
    'POST signIns': 1,
    'GET signIns': 1,
    'PATCH signIns': 1,
    'POST sessions': 1,
    'GET sessions': 1,
    'PATCH sessions': 1,
    'DELETE sessions': 1,
    'PUT sessionIndex': 2,
    'GET sessionIndex': 1,
  })
  expect(proxy.requests[1]).toMatchObject({ table: 'signIns', rowKey: login.hash })
})

test('K-08: an insert whose answer is lost has worked', async () => {
  const [login, session] = [loginAddress(noon + 600), sessionAddress(end)]
  const lost = proxy.rules.add({ match: is('POST'), times: 1, action: 'drop-after-apply' })
  await stores.logins.create(login, loginRow())
  expect(lost.hits()).toBe(1)

  proxy.rules.add({ match: is('POST'), times: 1, action: 'drop-after-apply' })
  expect(await stores.sessions.create(session, sessionRow())).toBe(true)

  expect((await stores.logins.read(login))?.row).toEqual(loginRow())
  expect(proxy.counts()).toMatchObject({ 'POST signIns': 2, 'POST sessions': 2 })
})

test('K-08: a conditional update whose answer is lost says conflict, and is applied', async () => {
  const at = loginAddress(noon + 600)
  await stores.logins.create(at, loginRow())
  const version = (await stores.logins.read(at))?.version ?? ''
  proxy.rules.add({ match: is('PATCH'), times: 1, action: 'drop-after-apply' })

  expect(await stores.logins.update(at, version, { usedBy: 'attempt-1' })).toBe('conflict')
  expect((await stores.logins.read(at))?.row.usedBy).toBe('attempt-1')
})

test('K-08: a delete whose answer is lost has worked', async () => {
  const at = sessionAddress(end)
  await stores.sessions.create(at, sessionRow())
  proxy.rules.add({ match: is('DELETE'), times: 1, action: 'drop-after-apply' })

  expect(await stores.sessions.delete(at)).toBe(true)
  expect(await stores.sessions.read(at)).toBeUndefined()
})

test.each([
  { name: 'a broken connection', fault: { action: 'reset' } },
  { name: '500', fault: { action: 'status', status: 500, code: 'OperationTimedOut' } },
  { name: '503 ServerBusy', fault: { action: 'status', status: 503 } },
  { name: '429', fault: { action: 'status', status: 429 } },
] as const)('a read goes through after $name, twice', async ({ fault }) => {
  const at = sessionAddress(end)
  await stores.sessions.create(at, sessionRow())
  proxy.rules.add({ ...fault, match: is('GET'), times: 2 })

  expect((await stores.sessions.read(at))?.row).toEqual(sessionRow())
  expect(proxy.counts()['GET sessions']).toBe(3)
})

test('a busy service is tried three times and is then storage_unavailable', async () => {
  proxy.rules.add({ action: 'status', status: 503 })

  await expect(stores.sessions.read(sessionAddress(end))).rejects.toMatchObject({
    code: 'storage_unavailable',
    details: {
      dependency: {
        name: 'tables',
        operation: 'sessions.read',
        status: 503,
        durationMs: expect.any(Number),
      },
    },
  })
  expect(proxy.counts()).toEqual({ 'GET sessions': 3 })
})

test('L-06: a short Retry-After is waited for, a long one is passed on at once', async () => {
  const at = sessionAddress(end)
  await stores.sessions.create(at, sessionRow())
  proxy.rules.add({ match: is('GET'), times: 1, action: 'status', retryAfterSeconds: 1 })
  const startedAt = performance.now()
  expect(await stores.sessions.read(at)).toBeDefined()
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000)

  proxy.reset()
  proxy.rules.add({ match: is('GET'), action: 'status', retryAfterSeconds: 30 })
  await expect(stores.sessions.read(at)).rejects.toMatchObject({
    code: 'storage_unavailable',
    details: { retryAfterSeconds: 30 },
  })
  expect(proxy.counts()).toEqual({ 'GET sessions': 1 })
})

test('L-04: a service that does not answer is given up within 8 s, three tries at most', async () => {
  proxy.rules.add({ action: 'hang' })
  const startedAt = performance.now()

  await expect(stores.logins.read(loginAddress(noon))).rejects.toMatchObject({
    code: 'storage_unavailable',
  })
  const took = performance.now() - startedAt
  expect(took).toBeGreaterThan(6_000)
  expect(took).toBeLessThan(16_000)
  expect(proxy.counts()).toEqual({ 'GET signIns': 3 })
})

test('a try that hangs is given up and the next one answers', async () => {
  const at = sessionAddress(end)
  await stores.sessions.create(at, sessionRow())
  proxy.rules.add({ match: is('GET'), times: 1, action: 'hang' })

  expect(await stores.sessions.read(at)).toBeDefined()
})

test.each([
  { name: 'nonsense', fault: { action: 'garbage' } },
  { name: 'a success of another kind', fault: { action: 'status', status: 200 } },
  { name: 'a redirect', fault: { action: 'status', status: 302 } },
  { name: 'forbidden', fault: { action: 'status', status: 403, code: 'AuthorizationFailure' } },
  { name: 'a 404 of something else', fault: { action: 'status', status: 404, code: 'NotFound' } },
  {
    name: 'a table being deleted',
    fault: { action: 'status', status: 409, code: 'TableBeingDeleted' },
  },
] as const)('$name is storage_unavailable and not repeated', async ({ fault }) => {
  proxy.rules.add(fault)

  const at = loginAddress(noon)
  const unavailable = { code: 'storage_unavailable' }
  await expect(stores.logins.create(at, loginRow())).rejects.toMatchObject(unavailable)
  await expect(stores.logins.update(at, 'W/"1"', {})).rejects.toMatchObject(unavailable)
  expect(proxy.counts()).toEqual({ 'POST signIns': 1, 'PATCH signIns': 1 })
})

test('no error tells a key or what was to be written', async () => {
  proxy.rules.add({ action: 'status', status: 403, code: 'AuthorizationFailure' })
  const at = loginAddress(noon + 600)

  const error = await stores.logins
    .create(at, loginRow({ sealed: 'SEALED-TEXT' }))
    .catch((fault: unknown) => fault)

  const text = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error)
  expect(text).toContain('AuthorizationFailure')
  for (const secret of ['SEALED-TEXT', at.hash, 'AccountKey', 'SharedKey'])
    expect(text).not.toContain(secret)
  expect(error).not.toHaveProperty('cause')
})

test('a look-up fails where one of two accounts is down', async () => {
  proxy.rules.add({ action: 'status', status: 403, code: 'AccountIsDisabled' })

  await expect(stores.index.find([testHash()])).rejects.toMatchObject({
    code: 'storage_unavailable',
  })
})

test('the probe meets every table of every account, and tells one that fails', async () => {
  await stores.probe()
  expect(proxy.counts()).toEqual({ 'GET signIns': 1, 'GET sessions': 1, 'GET sessionIndex': 1 })

  proxy.rules.add({ match: (_, path) => path.includes('sessionIndex'), action: 'hang' })
  const startedAt = performance.now()
  await expect(stores.probe()).rejects.toMatchObject({
    code: 'storage_unavailable',
    details: { dependency: { operation: 'sessionIndex.read' } },
  })
  expect(performance.now() - startedAt).toBeLessThan(7_500)
})

test('an ordered 412 is a conflict', async () => {
  const at = sessionAddress(end)
  await stores.sessions.create(at, sessionRow())
  const version = (await stores.sessions.read(at))?.version ?? ''
  proxy.rules.add({ match: is('PATCH'), times: 1, action: '412' })

  expect(await stores.sessions.update(at, version, { generation: 2 })).toBe('conflict')
  expect((await stores.sessions.read(at))?.row.generation).toBe(1)
})

test('L-07: a throttled account stops its sweep, the other account is swept', async () => {
  const faults: unknown[] = []
  const [busy, free] = [sessionAddress(noon - 7200, '00'), sessionAddress(noon - 7200, '10')]
  for (const at of [busy, free])
    await stores.sessions.create(at, sessionRow({ expiresAt: noon - 7200 }))
  proxy.rules.add({ action: 'status', status: 503, retryAfterSeconds: 60 })
  proxy.reset()

  const report = await stores.sweeper.sweep({
    now: noon * 1000,
    budgetMs: 60_000,
    orphans: false,
    onFault: (fault) => faults.push(fault),
  })

  expect(report).toMatchObject({ deleted: 1, complete: false })
  expect(faults).toMatchObject([{ code: 'storage_unavailable' }])
  expect(proxy.requests).toHaveLength(1)
  proxy.rules.clear()
  expect(await stores.sessions.read(free)).toBeUndefined()
  expect(await stores.sessions.read(busy)).toBeDefined()
})

test('L-07: a partition that cannot be deleted does not stop the sweep', async () => {
  const faults: unknown[] = []
  const [stuck, other] = [sessionAddress(noon - 72_000, '01'), sessionAddress(noon - 7200, '01')]
  for (const at of [stuck, other])
    await stores.sessions.create(at, sessionRow({ expiresAt: noon - 7200 }))
  proxy.rules.add({
    match: (method, path) => method === 'DELETE' && path.includes(stuck.hash),
    action: 'status',
    status: 500,
    code: 'InternalError',
  })

  const report = await stores.sweeper.sweep({
    now: noon * 1000,
    budgetMs: 60_000,
    orphans: false,
    onFault: (fault) => faults.push(fault),
  })

  expect(report).toMatchObject({ complete: false })
  expect(faults).toMatchObject([{ code: 'storage_unavailable' }])
  expect(await stores.sessions.read(other)).toBeUndefined()
  expect(await stores.sessions.read(stuck)).toBeDefined()
})

test('an index write that failed is reported only when the others have ended', async () => {
  const session = sessionAddress(end)
  const slow = indexRow(testHash(), session)
  const isSlow = (path: string) =>
    path.includes(encodeURIComponent(slow.hash)) || path.includes(slow.hash)
  proxy.rules.add({
    action: 'status',
    status: 400,
    match: (method, path) => method === 'PUT' && !isSlow(path),
  })
  proxy.rules.add({
    action: 'delay',
    ms: 300,
    match: (method, path) => method === 'PUT' && isSlow(path),
  })

  await expect(stores.index.put([indexRow(testHash(), session), slow])).rejects.toMatchObject({
    code: 'storage_unavailable',
  })
  expect(await stores.index.find([slow.hash])).toHaveLength(1)
})

test('many rows of one partition leave by transactions, of which few run at once', async () => {
  const user = testHash()
  const addresses = Array.from({ length: 1_000 }, () => sessionAddress(end, '00'))
  for (let i = 0; i < addresses.length; i += 50)
    await Promise.all([
      stores.index.put(addresses.slice(i, i + 50).map((at) => indexRow(user, at))),
      ...addresses.slice(i, i + 50).map((at) => stores.sessions.create(at, sessionRow())),
    ])
  proxy.reset()
  expect((await stores.sessions.deleteAll(addresses)).deleted).toHaveLength(1_000)
  await stores.index.remove(addresses.map((session) => ({ hash: user, session })))
  expect(proxy.counts()).toEqual({ 'POST $batch': 20 })
  expect(await stores.index.find([user])).toEqual([])
})

test('waiting for a socket is no time-out of the service: nothing is asked twice (L-04)', async () => {
  const at = sessionAddress(end, '00')
  await stores.sessions.create(at, sessionRow())
  proxy.rules.add({ action: 'delay', ms: 1_500, match: is('GET') })
  proxy.reset()
  // Three times as many as there are sockets: the last ones wait for 3 s, as long as a try may take.
  const reads = await Promise.all(Array.from({ length: 384 }, () => stores.sessions.read(at)))
  expect(reads.filter((row) => row !== undefined)).toHaveLength(384)
  expect(proxy.counts()).toEqual({ 'GET sessions': 384 })
})
