import { describe, expect } from 'vitest'
import { expectArrival, expectErrorPage, expectLanding } from '../support/answers.ts'
import type { FaultRule } from '../support/fault-proxy.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { lastLogin } from '../support/spent-login.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest({ instances: 2 })

test.beforeAll(async ({ stack }) => {
  await signIn(stack)
  await signIn(stack, createHttpBrowser(), { instance: 1 })
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.admin.clearRequests()
})

async function tokenRequests(stack: Stack): Promise<number> {
  return (await stack.admin.requests({ kind: 'token' })).length
}

async function isSignedIn(stack: Stack, browser: HttpBrowser): Promise<unknown> {
  return (await browser.call('GET', stack.url('/auth/session'))).json()['authenticated']
}

/** A storage fault at the requests of this method to this table. */
function fault(stack: Stack, method: string, table: string, rule: Omit<FaultRule, 'match'>) {
  return stack.storage.rules.add({
    ...rule,
    match: (sent, path) => sent === method && new RegExp(`/${table}(\\(|\\?|$)`).test(path),
  })
}

describe('many identical callbacks', () => {
  test('B-10 B-21 twenty at once on two instances: one token request, one session, all arrive', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/orders' })
    const windows = Array.from({ length: 20 }, () => browser.clone())
    const replies = await Promise.all(
      windows.map((window, index) => window.navigate(atInstance(stack, callbackUrl, index % 2))),
    )
    for (const reply of replies) expectArrival(reply, `${stack.origin}/orders`)
    expect(new Set(windows.map(({ cookies }) => cookies.get('session'))).size).toBe(1)
    expect(await tokenRequests(stack)).toBe(1)
    expect(await countRows(stack)).toEqual({ signIns: 1, sessions: 1, sessionIndex: 2 })
    expect(await isSignedIn(stack, windows[19]!)).toBe(true)
  })

  test('B-10 with a slow provider the others wait for the first', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault({ on: 'token', delayMs: 1500 })
    const replies = await Promise.all(
      [0, 1, 0, 1].map((index) => browser.clone().navigate(atInstance(stack, callbackUrl, index))),
    )
    for (const reply of replies) expectArrival(reply, `${stack.origin}/`)
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('B-10 where the first one fails the others fail with it, and at once', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault({ on: 'token', delayMs: 800, error: { code: 50057 } })
    const replies = await Promise.all(
      [0, 1, 0].map((index) => browser.clone().navigate(atInstance(stack, callbackUrl, index))),
    )
    for (const reply of replies) expectErrorPage(reply, 403, 'access_denied')
    expect(await tokenRequests(stack)).toBe(1)
    expect((await countRows(stack)).sessions).toBe(0)
  })

  test('B-21 an instance that died while redeeming: the repeated callback says so in the end', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault({ on: 'token', hang: true })
    const doomed = await stack.startInstance()
    const target = new URL(`${callbackUrl.pathname}${callbackUrl.search}`, doomed.origin)
    const first = browser.clone().navigate(target)
    const died = expect(first).rejects.toThrow()
    await expect.poll(() => tokenRequests(stack), { timeout: 20_000 }).toBe(1)
    doomed.kill()
    await died
    await stack.advance(16)
    expectErrorPage(await browser.navigate(callbackUrl), 400, 'login_expired')
    await signIn(stack, browser)
  })

  test('more than 32 waiting calls are not kept waiting', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault({ on: 'token', delayMs: 5000 })
    const first = browser.clone().navigate(callbackUrl)
    await expect.poll(() => tokenRequests(stack), { timeout: 20_000 }).toBe(1)
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => browser.clone().navigate(callbackUrl)),
    )
    expect((await first).status).toBe(200)
    const statuses = replies.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(32)
    expect(statuses.filter((status) => status === 400).length).toBeGreaterThan(0)
    expect(await tokenRequests(stack)).toBe(1)
  })
})

describe('who waits for a first callback', () => {
  test('B-21 forty reloads of one browser take no place of another', async ({ stack }) => {
    const [first, second] = [createHttpBrowser(), createHttpBrowser()]
    const callbacks = [
      (await startSignIn(stack, first)).callbackUrl,
      (await startSignIn(stack, second, { user: 'rita@contoso.test' })).callbackUrl,
    ]
    await stack.admin.fault({ on: 'token', delayMs: 3000 })
    await stack.admin.fault({ on: 'token', delayMs: 3000 })
    const originals = [first, second].map((browser, index) =>
      browser.clone().navigate(callbacks[index]!),
    )
    await expect.poll(() => tokenRequests(stack), { timeout: 20_000 }).toBe(2)
    stack.storage.reset()
    const reloads = Array.from({ length: 40 }, () => first.clone().navigate(callbacks[0]!))
    await Promise.any(reloads)
    expectArrival(await second.clone().navigate(callbacks[1]!), `${stack.origin}/`)
    for (const reply of await Promise.all(originals)) expectArrival(reply, `${stack.origin}/`)
    await Promise.all(reloads)
    // Each of the 41 asked once for itself; what went on asking is one for each login.
    expect(stack.storage.counts()['GET sessions']).toBeLessThan(41 + 2 * (3000 / 200 + 2))
  })

  test('B-21 nobody waits for a first call that is done, once its session is gone', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
    const reply = await browser.call('POST', stack.url('/auth/logout'), {
      headers: { origin: stack.origin },
    })
    expect(reply.status).toBe(200)
    stack.storage.reset()
    expectLanding(await browser.navigate(callbackUrl), `${stack.origin}/`)
    expect(stack.storage.counts()).toEqual({ 'GET signIns': 1, 'GET sessions': 1 })
  })
})

describe('storage that loses answers', () => {
  test.for([
    ['GET', 'signIns', 'reset'],
    ['GET', 'signIns', 'drop-after-apply'],
    ['PATCH', 'signIns', 'drop-after-apply'],
    ['PATCH', 'signIns', 'reset'],
    ['POST', 'sessions', 'drop-after-apply'],
    ['POST', 'sessions', 'reset'],
    ['PUT', 'sessionIndex', 'drop-after-apply'],
    ['PUT', 'sessionIndex', 'reset'],
  ] as const)(
    'K-02 K-08 a callback arrives though %s %s meets %s',
    async ([method, table, action], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const rule = fault(stack, method, table, { action, times: 1 })
      expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
      expect(rule.hits()).toBe(1)
      expect(await tokenRequests(stack)).toBe(1)
      expect(await countRows(stack)).toEqual({ signIns: 1, sessions: 1, sessionIndex: 2 })
      expect(await isSignedIn(stack, browser)).toBe(true)
    },
  )

  test('K-08 a login goes on though the answer to its insert is lost', async ({ stack }) => {
    const rule = fault(stack, 'POST', 'signIns', { action: 'drop-after-apply', times: 1 })
    const browser = await signIn(stack)
    expect(rule.hits()).toBe(1)
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test('the deletion of a replaced session that fails keeps nobody from signing in', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const { callbackUrl } = await startSignIn(stack, browser)
    fault(stack, 'DELETE', 'sessions', { action: 'status', status: 500 })
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
    expect(await isSignedIn(stack, browser)).toBe(true)
  })
})

describe('storage that fails', () => {
  test('a login that cannot be stored binds and starts nothing', async ({ stack }) => {
    fault(stack, 'POST', 'signIns', { action: 'status', status: 503 })
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login?returnTo=/orders'))
    expectErrorPage(reply, 503, 'storage_unavailable')
    expect(reply.headers['location']).toBeUndefined()
  })

  test.for([
    ['GET', 'signIns'],
    ['PATCH', 'signIns'],
  ] as const)(
    'K-02 without %s %s no code is redeemed, and the same callback works later',
    async ([method, table], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const rule = fault(stack, method, table, { action: 'status', status: 503 })
      expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
      expect(rule.hits()).toBe(3)
      expect(await tokenRequests(stack)).toBe(0)
      stack.storage.rules.clear()
      expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
      expect(await tokenRequests(stack)).toBe(1)
    },
  )

  test.for([
    ['GET', 'signIns'],
    ['PATCH', 'signIns'],
    ['POST', 'sessions'],
  ] as const)(
    'an answer of nonsense to %s %s lets nobody in',
    async ([method, table], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      fault(stack, method, table, { action: 'garbage' })
      expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
      stack.storage.rules.clear()
      expect((await countRows(stack)).sessions).toBe(0)
      await signIn(stack, browser)
    },
  )

  test.for([
    ['POST', 'sessions'],
    ['PUT', 'sessionIndex'],
  ] as const)(
    'B-20 B-22 without %s %s nothing is left, and a new login works at once',
    async ([method, table], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      fault(stack, method, table, { action: 'status', status: 500 })
      expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
      stack.storage.rules.clear()
      expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
      expect(await lastLogin(stack)).toMatchObject({
        failure: 'storage_unavailable',
        sealed: expect.stringMatching(/^[\w-]{22}\.[\w-]{40,200}$/),
        usedBy: expect.stringMatching(/^[\w-]{22}\.[\w-]{43}$/),
      })
      expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
      expect(await tokenRequests(stack)).toBe(1)
      await signIn(stack, browser)
    },
  )

  test('a session row that was stored though every answer was lost is taken back', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    fault(stack, 'POST', 'sessions', { action: 'drop-after-apply' })
    expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  })

  test('B-20 a session that the browser had outlives a sign-in that fails', async ({ stack }) => {
    const browser = await signIn(stack)
    const { callbackUrl } = await startSignIn(stack, browser)
    const rule = fault(stack, 'POST', 'sessions', { action: 'status', status: 500 })
    expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
    rule.remove()
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test('L-04 storage that never answers is given up within its bounds', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    fault(stack, 'GET', 'signIns', { action: 'hang' })
    const startedAt = performance.now()
    expectErrorPage(await browser.navigate(callbackUrl), 503, 'storage_unavailable')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    expect(await tokenRequests(stack)).toBe(0)
  })

  test('what storage asks to wait goes on to the browser, within limits', async ({ stack }) => {
    fault(stack, 'POST', 'signIns', { action: 'status', status: 503, retryAfterSeconds: 900 })
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login'))
    expectErrorPage(reply, 503, 'storage_unavailable')
    expect(reply.headers['retry-after']).toBe('120')
  })
})
