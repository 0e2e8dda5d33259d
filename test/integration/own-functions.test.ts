import { expect } from 'vitest'
import { auditLines } from '../support/instances.ts'
import { buildFixtureApp } from '../support/fixture-app.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { httpAnswer } from '../support/recorder-upstream.ts'
import { signIn, startSignIn } from '../support/stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest({
  instances: 2,
  appDirectory: () =>
    buildFixtureApp('own-functions-app', {
      extensions: { http: { routePrefix: '' } },
    }),
  settings: { ALLOWED_ORIGINS: 'http://localhost:5999' },
})

let ada: HttpBrowser
test.beforeAll(async ({ stack }) => {
  ada = await signIn(stack)
})
test.beforeEach(({ stack }) => stack.graph.reset())

const securityHeaders = [
  'x-content-type-options',
  'content-security-policy',
  'referrer-policy',
  'x-frame-options',
  'cache-control',
  'x-correlation-id',
]

test("an own function calls an API with the user's token, beside the proxy", async ({ stack }) => {
  const own = await ada.call('GET', stack.url('/api/orders/7'))
  expect(own.json()).toEqual({ id: '7', for: 'Ada Admin', idle: true, text: '{"ok":true}' })
  for (const name of securityHeaders) expect(own.headers).toHaveProperty(name)
  expect(stack.graph.calls[0]!.header('authorization')).toMatch(/^Bearer ./)
  const proxied = await ada.call('GET', stack.url('/api/graph/me'))
  expect(proxied.headers['x-upstream']).toBe('graph')
  const unknown = await ada.call('GET', stack.url('/api/nothing/me'))
  expect([unknown.status, unknown.json()['code']]).toEqual([404, 'unknown_upstream'])
})

test('a path of server code stays below the API, whatever it looks like (G-02)', async ({
  stack,
}) => {
  for (const path of ['../x', '//evil.example/x', 'https://evil.example/x', 'a/%2e%2e/b']) {
    const reply = await ada.call('GET', stack.url(`/api/orders/1?path=${encodeURIComponent(path)}`))
    const [call] = stack.graph.calls
    if (reply.status === 200) expect(call!.target).not.toContain('..')
    else expect([reply.status, stack.graph.calls.length]).toEqual([500, 0])
    stack.graph.reset()
  }
})

test('a forged cross-site POST is refused, and one without the header (F-01, F-02)', async ({
  stack,
}) => {
  const forged = await ada.send(stack.url('/api/orders/7'), {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site', 'x-csrf': '1', origin: 'https://evil.example' },
  })
  expect([forged.status, forged.json()['check']]).toEqual([403, 'fetch-site'])
  const bare = await ada.send(stack.url('/api/orders/7'), { method: 'POST' })
  expect([bare.status, bare.json()['check']]).toEqual([403, 'header'])
  expect(stack.graph.calls).toEqual([])
})

test('a form of an own page may post without the header, a foreign one may not', async ({
  stack,
}) => {
  const post = (headers: Record<string, string>) =>
    ada.send(stack.url('/own/form'), { method: 'POST', headers, body: 'a=1' })
  const own = await post({ origin: stack.origin, 'sec-fetch-site': 'same-origin' })
  expect([own.status, own.text]).toEqual([200, 'a=1'])
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: stack.origin, 'sec-fetch-site': 'cross-site' },
  ])
    expect((await post(headers as Record<string, string>)).json()['code']).toBe('csrf_failed')
})

test('a missing role or group is 403 with its reason', async ({ stack }) => {
  expect((await ada.call('GET', stack.url('/api/admins'))).status).toBe(200)
  const rita = await signIn(stack, createHttpBrowser(), { user: 'rita@contoso.test' })
  const role = await rita.call('GET', stack.url('/api/admins'))
  expect([role.status, role.json()]).toMatchObject([403, { code: 'access_denied', reason: 'role' }])
  const group = await ada.call('GET', stack.url('/api/group'))
  expect([group.status, group.json()['reason']]).toEqual([403, 'group'])
})

test('who is not signed in gets 401 with loginUrl, a person who navigates is sent to sign in', async ({
  stack,
}) => {
  const stranger = createHttpBrowser()
  const refused = await stranger.call('GET', stack.url('/api/orders/7'))
  expect([refused.status, refused.json()]).toMatchObject([
    401,
    { code: 'session_expired', loginUrl: `${stack.origin}/auth/login` },
  ])
  const sent = await stranger.navigate(stack.url('/own/page?x=1'))
  const to = new URL(sent.headers['location']!)
  expect([sent.status, to.pathname]).toEqual([302, '/auth/login'])
  expect(to.searchParams.get('returnTo')).toBe(`${stack.origin}/own/page?x=1`)
  const hello = await stranger.call('GET', stack.url('/own/hello'))
  expect([hello.status, hello.text]).toEqual([200, 'you'])
})

test('a page of the team keeps its own headers and gets ours beside them', async ({ stack }) => {
  const page = await ada.navigate(stack.url('/own/page'))
  expect(page.text).toBe('<h1>ada@contoso.test</h1>')
  expect(page.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'self'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
})

test("an API's challenge becomes 401 for a program and a redirect for a person, and is met", async ({
  stack,
}) => {
  const claims = Buffer.from('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
  const challenge = `Bearer error="insufficient_claims", claims="${claims.toString('base64')}"`
  const browser = await signIn(stack)
  await browser.call('GET', stack.url('/api/orders/7'))
  stack.graph.answer(httpAnswer(401, { 'www-authenticate': challenge }))
  const refused = await browser.call('GET', stack.url('/api/orders/7'))
  expect([refused.status, refused.json()['code']]).toEqual([401, 'interaction_required'])
  const { loginUrl } = refused.json<{ loginUrl: string }>()
  const page = await browser.navigate(stack.url('/own/page?api'))
  expect([page.status, new URL(page.headers['location']!).searchParams.get('step')]).toEqual([
    302,
    new URL(loginUrl).searchParams.get('step'),
  ])
  stack.graph.reset()
  await signIn(stack, browser, { query: new URL(loginUrl).search })
  expect((await browser.call('GET', stack.url('/api/orders/7'))).status).toBe(200)
})

test('twenty calls with an expired token on two instances make one token request', async ({
  stack,
}) => {
  const browser = await signIn(stack)
  await browser.call('GET', stack.url('/api/orders/7'))
  await stack.advance(2 * 3600)
  // The session was left alone for longer than it may be idle.
  const again = await signIn(stack)
  await again.call('GET', stack.url('/api/orders/7'))
  await stack.advance(50 * 60)
  await again.call('GET', stack.url('/auth/session'))
  await stack.advance(50 * 60)
  await stack.tokenRequests()
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, at) => again.call('GET', stack.url('/api/orders/7', at % 2))),
  )
  expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
  expect(await stack.tokenRequests()).toHaveLength(1)
  await again.call('POST', stack.url('/auth/logout'))
  expect((await again.call('GET', stack.url('/api/orders/7', 1))).status).toBe(401)
})

test('the token itself and a credential for an SDK are the same one', async ({ stack }) => {
  const browser = await signIn(stack)
  expect((await browser.call('GET', stack.url('/own/token'))).json()).toEqual({
    same: true,
    later: true,
  })
})

test('a fault of the team is a 500 without details, and a line with its class', async ({
  stack,
}) => {
  const browser = await signIn(stack)
  const reply = await browser.call('GET', stack.url('/own/fault'))
  expect([reply.status, reply.json()['code']]).toEqual([500, 'server_error'])
  expect(reply.text).not.toContain('secret of the team')
  const lines = auditLines(stack).filter((line) => line.function === 'ownFault')
  expect(lines).toMatchObject([{ event: 'bff.request.failed', error: 'Error' }])
})

test('two front ends of one app disturb each other in nothing', async ({ stack }) => {
  const browser = await signIn(stack)
  const login = await browser.navigate(stack.url('/shop/auth/login'))
  const back = new URL(login.headers['location']!).searchParams.get('redirect_uri')
  expect(back).toBe(`${stack.origin}/shop/auth/callback`)
  expect([...browser.cookies.keys()].toSorted()).toEqual(['login', 'session', 'shop-login'])
  expect((await browser.call('GET', stack.url('/shop/own'))).status).toBe(401)
  // The cookie of one under the name of the other opens nothing.
  browser.cookies.set('shop-session', browser.cookies.get('session')!)
  expect((await browser.call('GET', stack.url('/shop/auth/session'))).json()).toMatchObject({
    authenticated: false,
    loginUrl: `${stack.origin}/shop/auth/login`,
  })
  browser.cookies.delete('shop-session')
  stack.entra.configure({
    redirectUris: [`${stack.origin}/shop/auth/callback`],
  })
  const { callbackUrl } = await startSignIn(stack, browser, { path: '/shop/auth/login' })
  expect((await browser.navigate(callbackUrl)).status).toBe(200)
  expect((await browser.call('GET', stack.url('/shop/own'))).status).toBe(200)
  await browser.call('POST', stack.url('/shop/auth/logout'))
  expect((await browser.call('GET', stack.url('/shop/own'))).status).toBe(401)
  expect((await browser.call('GET', stack.url('/api/admins'))).status).toBe(200)
})

test('wrong settings are answered by own functions too', async ({ stack }) => {
  await stack.restart({ ENTRA_TENANT_ID: 'not a tenant' })
  const reply = await ada.call('GET', stack.url('/api/orders/7'))
  expect([reply.status, reply.json()['code']]).toEqual([503, 'configuration_error'])
  await stack.restart(stack.upstreams)
})
