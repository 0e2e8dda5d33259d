import { describe, expect } from 'vitest'
import { expectArrival, expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { callAt, clearLines, linesOf } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'

const limit = 4

const test = stackTest({ instances: 2, settings: { RATE_LIMIT_PER_MINUTE: String(limit) } })

test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  // Every window is over.
  await stack.advance(61)
  clearLines(stack)
})

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })

function login(stack: Stack, address: string, instance = 0): Promise<BrowserReply> {
  return createHttpBrowser().navigate(stack.url('/auth/login', instance), from(address))
}

async function exhaust(call: () => Promise<BrowserReply>, status: number): Promise<void> {
  for (let count = 0; count < limit; count++) expect((await call()).status).toBe(status)
  expectRefused(await call())
}

function expectRefused(reply: BrowserReply): void {
  expectProblem(reply, 429, 'too_many_requests')
  expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
  expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(60)
  expect(reply.setCookies).toEqual([])
}

describe('calls of one client address', () => {
  test('L-01 to login: past the limit 429, without any work, until the minute is over', async ({
    stack,
  }) => {
    await exhaust(() => login(stack, '203.0.113.1'), 302)
    stack.storage.reset()
    const refused = await login(stack, '203.0.113.1')
    expectRefused(refused)
    expect(stack.storage.requests).toEqual([])
    expect((await login(stack, '203.0.113.2')).status).toBe(302)
    await stack.advance(Number(refused.headers['retry-after']))
    expect((await login(stack, '203.0.113.1')).status).toBe(302)
  })

  test('L-01 to callback: 429 spends no sign-in', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const forged = stack.url('/auth/callback?state=x&code=y')
    await exhaust(() => createHttpBrowser().navigate(forged, from('203.0.113.3')), 400)
    expectRefused(await browser.navigate(callbackUrl, from('203.0.113.3')))
    await stack.advance(60)
    expectArrival(await browser.navigate(callbackUrl, from('203.0.113.3')), `${stack.origin}/`)
  })

  test('L-08 to refresh: 429 costs no session, and the provider is not asked', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const refresh = () => callAt(stack, browser, 'POST /auth/refresh', 0, from('203.0.113.4'))
    await exhaust(refresh, 200)
    await stack.admin.clearRequests()
    expectRefused(await refresh())
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
    const session = await callAt(stack, browser, 'GET /auth/session', 0, from('203.0.113.4'))
    expect(session.json()).toMatchObject({ authenticated: true })
    await stack.advance(61)
    expect((await refresh()).status).toBe(200)
  })

  test('L-01 to front-channel sign-out: 429, and sids cannot be tried without end', async ({
    stack,
  }) => {
    const url = stack.url('/auth/logout/frontchannel?sid=x')
    await exhaust(() => createHttpBrowser().send(url, from('203.0.113.5')), 200)
    expect((await createHttpBrowser().send(url, from('203.0.113.50'))).status).toBe(200)
  })

  test('are counted apart for each endpoint, and by each instance', async ({ stack }) => {
    await exhaust(() => login(stack, '203.0.113.6'), 302)
    expect((await login(stack, '203.0.113.6', 1)).status).toBe(302)
    const browser = await signIn(stack)
    const refresh = await callAt(stack, browser, 'POST /auth/refresh', 0, from('203.0.113.6'))
    expect(refresh.status).toBe(200)
    const frame = stack.url('/auth/logout/frontchannel?sid=x')
    expect((await createHttpBrowser().send(frame, from('203.0.113.6'))).status).toBe(200)
  })

  test('a refusal is one log line a minute for each address', async ({ stack }) => {
    for (const address of ['203.0.113.7', '203.0.113.8'])
      for (let count = 0; count < limit + 5; count++) await login(stack, address)
    const lines = linesOf(stack, 'bff.request.refused')
    expect(lines.map(({ code }) => code)).toEqual(['too_many_requests', 'too_many_requests'])
    await stack.advance(61)
    for (let count = 0; count < limit + 5; count++) await login(stack, '203.0.113.7')
    expect(linesOf(stack, 'bff.request.refused')).toHaveLength(3)
  })
})

describe('whose address it is', () => {
  test('the entry from the right that FORWARDED_HOPS names: what a client writes before it is nothing', async ({
    stack,
  }) => {
    let forged = 0
    await exhaust(() => login(stack, `198.51.100.${forged++}, 203.0.113.10`), 302)
    expectRefused(await login(stack, '203.0.113.10:51234'))
    expect((await login(stack, '203.0.113.10, 203.0.113.11')).status).toBe(302)
  })

  test('behind two proxies it is the second from the right', async ({ stack }) => {
    await stack.hosts[1]!.reload({
      ...stack.env,
      RATE_LIMIT_PER_MINUTE: String(limit),
      FORWARDED_HOPS: '2',
    })
    let edge = 0
    await exhaust(() => login(stack, `203.0.113.12, 198.51.100.${edge++}`, 1), 302)
    expect((await login(stack, '203.0.113.13, 198.51.100.0', 1)).status).toBe(302)
    await stack.hosts[1]!.reload()
  })

  test('an IPv6 address counts as its network of 64 bits', async ({ stack }) => {
    let host = 1
    await exhaust(() => login(stack, `[2001:db8:0:7::${host++}]:443`), 302)
    expectRefused(await login(stack, '2001:0db8:0000:0007:ffff::1'))
    expect((await login(stack, '2001:db8:0:8::1')).status).toBe(302)
  })

  test('without the header nobody is counted', async ({ stack }) => {
    for (let count = 0; count < limit + 3; count++)
      expect((await createHttpBrowser().navigate(stack.url('/auth/login'))).status).toBe(302)
  })
})
