import { expect } from 'vitest'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { signIn } from '../support/stack.ts'
import { type ProxyStack, tokenHash } from './proxy-stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest({ instances: 2 })

let browser: HttpBrowser

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ accessTokenLifetimeSeconds: 600 })
})
test.beforeEach(async ({ stack }) => {
  await stack.admin.clearFaults()
  browser = await signIn(stack, createHttpBrowser())
  await browser.call('GET', stack.url('/api/demo/first'))
  stack.recorder.reset()
  stack.storage.reset()
  await stack.admin.clearRequests()
})

/** Calls of one session at once, spread over both instances. */
function calls(stack: ProxyStack, count: number, api = 'demo'): Promise<BrowserReply[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      browser.call('GET', stack.url(`/api/${api}/${index}`, index % 2)),
    ),
  )
}

test('fifty calls with an expired token on two instances cause one token request (D-05)', async ({
  stack,
}) => {
  await stack.advance(700)
  const replies = await calls(stack, 50)
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  const [request, ...more] = await stack.tokenRequests()
  expect(more).toEqual([])
  expect(stack.recorder.calls).toHaveLength(50)
  const tokens = stack.recorder.calls.map((call) => tokenHash(call.header('authorization')))
  expect(new Set(tokens)).toEqual(new Set([request?.issued?.['access_token']]))
})

test('a token is renewed two minutes early, and meanwhile the old one will do', async ({
  stack,
}) => {
  await stack.advance(400)
  await calls(stack, 1)
  expect(await stack.tokenRequests()).toEqual([])
  await stack.advance(100)
  await stack.admin.fault('slow')
  const replies = await calls(stack, 10)
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  expect(await stack.tokenRequests()).toHaveLength(1)
})

test('first calls of several APIs at once get a token each, one after the other (D-16)', async ({
  stack,
}) => {
  const fresh = await signIn(stack, createHttpBrowser())
  await stack.admin.clearRequests()
  const replies = await Promise.all(
    ['demo', 'graph', 'cae', 'demo', 'graph'].map((api, index) =>
      fresh.call('GET', stack.url(`/api/${api}/x`, index % 2)),
    ),
  )
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  expect(await stack.tokenRequests()).toHaveLength(3)
})

test('while the provider is away a valid token does, and an expired one is 503 (D-07)', async ({
  stack,
}) => {
  await stack.advance(500)
  await stack.admin.down('unavailable')
  expect((await calls(stack, 3)).map(({ status }) => status)).toEqual([200, 200, 200])
  await stack.advance(700)
  const [reply] = await calls(stack, 1)
  expect([reply?.status, reply?.json()]).toMatchObject([
    503,
    { code: 'identity_provider_unavailable' },
  ])
  expect(Number(reply?.headers['retry-after'])).toBeGreaterThan(0)
  expect(reply?.headers).not.toHaveProperty('x-upstream')
  await stack.admin.up()
  await stack.advance(720)
  expect((await calls(stack, 1))[0]?.status).toBe(200)
})

test('a token that lives shorter than that is used for half its life', async ({ stack }) => {
  await stack.admin.settings({ accessTokenLifetimeSeconds: 60 })
  const fresh = await signIn(stack, createHttpBrowser())
  await stack.admin.clearRequests()
  for (let index = 0; index < 3; index++) await fresh.call('GET', stack.url('/api/demo/x'))
  expect(await stack.tokenRequests()).toHaveLength(1)
  await stack.admin.settings({ accessTokenLifetimeSeconds: 600 })
})

test('a sign-out during a renewal wins: nothing comes back (H-11)', async ({ stack }) => {
  await stack.advance(700)
  await stack.admin.fault('slow')
  const call = browser.call('GET', stack.url('/api/demo/x'))
  const leased = () => stack.storage.requests.some(({ method }) => method === 'PATCH')
  await expect.poll(leased, { timeout: 20_000 }).toBe(true)
  const out = await browser.clone().call('POST', stack.url('/auth/logout', 1), {
    body: '{}',
    headers: { origin: stack.origin },
  })
  expect(out.status).toBe(200)
  const reply = await call
  expect([reply.status, reply.json()]).toMatchObject([401, { code: 'session_expired' }])
  expect(stack.recorder.calls).toEqual([])
})
