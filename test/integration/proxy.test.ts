import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import { createHttpBrowser, type HttpBrowser, receivedText } from '../support/http-browser.ts'
import { httpAnswer } from '../support/recorder-upstream.ts'
import { signIn } from '../support/stack.ts'
import { type ProxyStack, tokenHash } from './proxy-stack.ts'
import { proxyTest } from './proxy-stack.ts'

const sibling = 'http://localhost:5999'

const test = proxyTest({ settings: { ALLOWED_ORIGINS: sibling } })

let browser: HttpBrowser

test.beforeAll(async ({ stack }) => {
  browser = await signIn(stack)
  // The first call of each API asks for its token.
  await browser.call('GET', stack.url('/api/demo/first'))
  await browser.call('GET', stack.url('/api/graph/first'))
})
test.beforeEach(async ({ stack }) => {
  stack.recorder.reset()
  stack.graph.reset()
  stack.storage.reset()
  await stack.admin.clearRequests()
})

const path = (stack: ProxyStack, suffix: string) => stack.url(`/api/${suffix}`)

test('an API gets exactly what may travel, and the token (G-04, G-08, G-09)', async ({ stack }) => {
  const reply = await browser.call('GET', path(stack, "demo/a/b?a=1&a=2&b=%2B+%20&c='x'"), {
    headers: {
      accept: 'application/json',
      'accept-language': 'de',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      tracestate: 'a=1',
      range: 'bytes=0-9',
      'if-none-match': '"x"',
      authorization: 'Bearer mine',
      'user-agent': 'Browser',
    },
  })
  expect([reply.status, reply.text]).toEqual([200, '{"ok":true}'])
  expect(reply.headers['x-upstream']).toBe('demo')
  expect(reply.headers['x-correlation-id']).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  const [call] = stack.recorder.calls
  const token = /Bearer (\S+)/.exec(call!.header('authorization')!)![1]!
  expect(call!.raw.replace(token, 'TOKEN')).toBe(
    [
      // A quote in a query is escaped by every URL parser, the browser's among them.
      'GET /base/a/b?a=1&a=2&b=%2B+%20&c=%27x%27 HTTP/1.1',
      'user-agent: entra-bff',
      'accept: application/json',
      'accept-language: de',
      'if-none-match: "x"',
      'range: bytes=0-9',
      'traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      'tracestate: a=1',
      // A range is one of the body as it is.
      'accept-encoding: identity',
      `authorization: Bearer TOKEN`,
      `Host: ${new URL(stack.recorder.origin).host}`,
      'Connection: keep-alive',
      '',
      '',
    ].join('\r\n'),
  )
})

test.for(['POST', 'PUT', 'PATCH', 'DELETE'])(
  '%s carries its body, unchanged',
  async (method, { stack }) => {
    const body = '{"article":"Lochkarte 🂠","note":"\\u0000"}'
    stack.recorder.answer(httpAnswer(201, { location: '/base/orders/3', etag: '"1"' }, 'done'))
    const reply = await browser.call(method, path(stack, 'demo/orders'), { body })
    expect([reply.status, reply.text, reply.headers['location'], reply.headers['etag']]).toEqual([
      201,
      'done',
      '/api/demo/orders/3',
      '"1"',
    ])
    const [call] = stack.recorder.calls
    expect([call?.method, call?.target, call?.body.toString()]).toEqual([
      method,
      '/base/orders',
      body,
    ])
    expect(call?.header('content-length')).toBe(String(Buffer.byteLength(body)))
    expect(call?.header('content-type')).toBe('application/json')
  },
)

test('HEAD is passed on and has no body; POST without a body says so', async ({ stack }) => {
  stack.recorder.answer(httpAnswer(200, { 'content-type': 'text/plain', etag: '"1"' }, 'text'))
  const head = await browser.call('HEAD', path(stack, 'demo/x'))
  expect([head.status, head.text, head.headers['etag']]).toEqual([200, '', '"1"'])
  expect(stack.recorder.calls[0]?.method).toBe('HEAD')
  await browser.call('POST', path(stack, 'demo/x'))
  expect(stack.recorder.calls[1]?.header('content-length')).toBe('0')
})

test('binary bodies are the same on both sides', async ({ stack }) => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  stack.recorder.answer(httpAnswer(200, { 'content-type': 'application/octet-stream' }, bytes))
  const reply = await browser.call('GET', path(stack, 'demo/x'))
  expect(reply.text).toBe(bytes.toString('utf8'))
})

test('two APIs get a token each, and never the other one (D-16)', async ({ stack }) => {
  await browser.call('GET', path(stack, 'demo/x'))
  await browser.call('GET', path(stack, 'graph/x'))
  const [demo] = stack.recorder.calls
  const [graph] = stack.graph.calls
  const claimsOf = (authorization: string | undefined) => decodeJwt(authorization!.slice(7))
  expect(claimsOf(demo?.header('authorization'))).toMatchObject({
    aud: 'a9100000-4444-4444-8444-000000000004',
    scp: 'access_as_user',
  })
  expect(claimsOf(graph?.header('authorization'))).toMatchObject({
    aud: '00000003-0000-0000-c000-000000000000',
    scp: 'User.Read',
  })
})

test("a token goes to its own user's calls only (E-15)", async ({ stack }) => {
  const other = await signIn(stack, createHttpBrowser(), { user: 'rita@contoso.test' })
  await Promise.all([
    browser.call('GET', path(stack, 'demo/a')),
    other.call('GET', path(stack, 'demo/r')),
  ])
  const names = Object.fromEntries(
    stack.recorder.calls.map((call) => [
      call.target,
      decodeJwt(call.header('authorization')!.slice(7))['preferred_username'],
    ]),
  )
  expect(names).toEqual({ '/base/a': 'ada@contoso.test', '/base/r': 'rita@contoso.test' })
  // Who signs in as another in the same browser is that other at once.
  await signIn(stack, other, { user: 'nora@contoso.test' })
  await other.call('GET', path(stack, 'demo/n'))
  const last = stack.recorder.calls.at(-1)
  expect(decodeJwt(last!.header('authorization')!.slice(7))['preferred_username']).toBe(
    'nora@contoso.test',
  )
})

test('a call costs one point read, and the provider nothing', async ({ stack }) => {
  await browser.call('GET', path(stack, 'demo/x'))
  expect(stack.storage.counts()).toEqual({ 'GET sessions': 1 })
  expect(await stack.tokenRequests()).toEqual([])
})

test('the first call of an API costs a read, a lease, a write-back and one token', async ({
  stack,
}) => {
  const fresh = await signIn(stack)
  await stack.admin.clearRequests()
  stack.storage.reset()
  await fresh.call('GET', path(stack, 'demo/x'))
  expect(stack.storage.requests.map(({ method, table }) => `${method} ${table}`)).toEqual([
    'GET sessions',
    'PATCH sessions',
    'PATCH sessions',
  ])
  const [request, ...more] = await stack.tokenRequests()
  expect(more).toEqual([])
  expect(request?.parameters).toMatchObject({
    grant_type: 'refresh_token',
    scope: 'api://entra-bff-demo/access_as_user',
  })
  expect(request?.parameters).not.toHaveProperty('claims')
  expect(request?.parameters).not.toHaveProperty('redirect_uri')
  expect(tokenHash(stack.recorder.calls[0]?.header('authorization'))).toBe(
    request?.issued?.['access_token'],
  )
})

test('an API with continuous access evaluation says so with its token requests (N-07)', async ({
  stack,
}) => {
  await browser.call('GET', path(stack, 'cae/x'))
  const [request] = await stack.tokenRequests()
  expect(request?.parameters['claims']).toBe('{"access_token":{"xms_cc":{"values":["cp1"]}}}')
})

describe('refused before any storage, provider or API', () => {
  const untouched = async (stack: ProxyStack) => {
    expect(stack.recorder.calls).toEqual([])
    expect(stack.storage.requests).toEqual([])
    expect(await stack.tokenRequests()).toEqual([])
  }

  test('without the custom header, or from elsewhere (F-01, F-02, F-03)', async ({ stack }) => {
    const attempts: [string, Record<string, string>][] = [
      ['header', { 'x-csrf': '' }],
      ['header', { 'x-csrf': '0' }],
      ['header', { 'x-csrf': '1,1' }],
      ['fetch-site', { 'sec-fetch-site': 'cross-site' }],
      ['origin', { origin: 'null' }],
      ['origin', { origin: 'https://evil.example' }],
      ['origin', { origin: `${stack.origin}.evil.example` }],
    ]
    for (const [check, headers] of attempts)
      for (const method of ['GET', 'POST', 'DELETE']) {
        const reply = await browser.call(method, path(stack, 'demo/x'), { headers })
        expect([reply.status, reply.json()]).toMatchObject([403, { code: 'csrf_failed', check }])
      }
    const silent = { 'sec-fetch-site': 'same-site' }
    const reply = await browser.call('GET', path(stack, 'demo/x'), { headers: silent })
    expect(reply.json()).toMatchObject({ code: 'csrf_failed', check: 'origin' })
    await untouched(stack)
  })

  test('where the API is not one of ours (G-01)', async ({ stack }) => {
    for (const name of [
      'nope',
      'Demo',
      'DEMO',
      'demo%20',
      '__proto__',
      'constructor',
      'toString',
    ]) {
      const reply = await browser.call('GET', path(stack, `${name}/x`))
      expect([name, reply.status]).toEqual([name, 404])
      expect(reply.json()).toMatchObject({ code: 'unknown_upstream' })
    }
    await untouched(stack)
  })

  test('where the method is not one of the API (G-07)', async ({ stack }) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
      const reply = await browser.call(method, path(stack, 'limited/me'))
      expect([reply.status, reply.headers['allow']]).toEqual([405, 'GET'])
      expect(reply.headers).not.toHaveProperty('x-upstream')
    }
    for (const method of ['TRACE', 'PROPFIND'])
      expect((await browser.call(method, path(stack, 'demo/x'))).status).toBe(404)
    await untouched(stack)
  })

  test('where the path is not one of the API', async ({ stack }) => {
    for (const suffix of ['limited', 'limited/', 'limited/ME', 'limited/mean', 'limited/users'])
      expect((await browser.call('GET', path(stack, suffix))).json()).toMatchObject({
        status: 400,
        code: 'upstream_path_invalid',
      })
    await untouched(stack)
  })

  test('where the body is too large, or cannot arrive', async ({ stack }) => {
    const large = await browser.call('POST', path(stack, 'demo/x'), { body: 'x'.repeat(65_537) })
    expect([large.status, large.json()['code']]).toEqual([413, 'body_too_large'])
    const coded = await browser.call('POST', path(stack, 'demo/x'), {
      body: 'x',
      headers: { 'content-encoding': 'gzip' },
    })
    expect(coded.json()).toMatchObject({ status: 400, parameter: 'content-encoding' })
    const get = await browser.send(path(stack, 'demo/x'), { body: 'x', headers: { 'x-csrf': '1' } })
    expect(get.json()).toMatchObject({ status: 400, parameter: 'content-length' })
    await untouched(stack)
  })
})

test('without a session the answer is ours: 401 with the way to sign in (G-12, R-35)', async ({
  stack,
}) => {
  const reply = await createHttpBrowser().call('GET', path(stack, 'demo/x'))
  expect(reply.status).toBe(401)
  expect(reply.json()).toMatchObject({
    code: 'session_expired',
    loginUrl: `${stack.origin}/auth/login`,
  })
  expect(reply.headers).not.toHaveProperty('x-upstream')
  expect(reply.headers['www-authenticate']).toBe('Cookie')
  expect(stack.recorder.calls).toEqual([])
})

test('a page of a sibling origin may call and read (F-04)', async ({ stack }) => {
  const reply = await browser.call('GET', path(stack, 'demo/x'), {
    headers: { origin: sibling, 'sec-fetch-site': 'same-site' },
  })
  expect(reply.status).toBe(200)
  expect(reply.headers).toMatchObject({
    'access-control-allow-origin': sibling,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'X-Correlation-Id, Retry-After, X-Upstream',
    'cross-origin-resource-policy': 'same-site',
  })
  expect(stack.recorder.calls[0]?.header('origin')).toBeUndefined()
})

test('a preflight reaches nothing (F-05)', async ({ stack }) => {
  const preflight = (stack: ProxyStack, origin: string) =>
    browser.send(path(stack, 'demo/x'), {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    })
  const allowed = await preflight(stack, sibling)
  expect(allowed.status).toBe(204)
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': sibling,
    'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
    'access-control-max-age': '7200',
  })
  expect(allowed.headers['access-control-allow-headers']).toMatch(
    /^X-CSRF, Content-Type, X-Expected-User, Accept, .*Idempotency-Key.*Traceparent, Tracestate/,
  )
  const other = await preflight(stack, 'https://evil.example')
  expect(other.status).toBe(204)
  expect(Object.keys(other.headers).filter((name) => name.startsWith('access-'))).toEqual([])
  expect(stack.recorder.calls).toEqual([])
  expect(stack.storage.requests).toEqual([])
})

test('what an API sends stays inert on our origin (G-10, G-11)', async ({ stack }) => {
  stack.recorder.answer(
    httpAnswer(
      200,
      {
        'content-type': 'text/html',
        'cache-control': 'public, max-age=99',
        'set-cookie': ['session=stolen; Path=/', '__Host-Http-session=x; Secure; Path=/'],
        'access-control-allow-origin': '*',
        'content-security-policy': "default-src *; script-src 'unsafe-inline'",
        'clear-site-data': '"*"',
        'service-worker-allowed': '/',
        refresh: '0; url=https://evil.example/',
        'x-upstream': 'other',
        'www-authenticate': 'Basic realm="x"',
        'strict-transport-security': 'max-age=0',
      },
      '<script>document.title = "ran"</script>',
    ),
  )
  const reply = await browser.call('GET', path(stack, 'demo/page'))
  expect(reply.setCookies).toEqual([])
  expect(reply.headers).toEqual({
    'content-type': 'text/html',
    'cache-control': 'no-store',
    pragma: 'no-cache',
    'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-site',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'x-upstream': 'demo',
    'x-correlation-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    vary: 'Origin, Cookie, Sec-Fetch-Site',
    server: 'Kestrel',
    date: expect.any(String),
    connection: 'keep-alive',
    'keep-alive': expect.any(String),
    'transfer-encoding': 'chunked',
  })
})

test('the demo API accepts the token, and names the headers that reached it', async ({ stack }) => {
  const reply = await browser.call('GET', path(stack, 'real/me'))
  expect(reply.status).toBe(200)
  expect(reply.json()).toEqual({
    name: 'Ada Admin',
    oid: expect.any(String),
    scp: 'access_as_user',
    headers: ['accept-encoding', 'authorization', 'connection', 'host', 'user-agent'],
  })
})

test('no token was in an answer or a log line (D-01, M-04)', async ({ stack }) => {
  await Promise.all([
    browser.call('GET', path(stack, 'demo/x')),
    browser.call('GET', path(stack, 'graph/x')),
  ])
  const tokens = [...stack.recorder.calls, ...stack.graph.calls].map((call) =>
    call.header('authorization')!.slice('Bearer '.length),
  )
  expect(tokens).toHaveLength(2)
  const shown = [...receivedText, ...stack.hosts[0]!.logs.map(({ message }) => message)].join('\n')
  expect(shown.length).toBeGreaterThan(1_000)
  for (const token of tokens)
    for (const part of token.split('.')) expect(shown.includes(part)).toBe(false)
  expect(shown).not.toMatch(/Bearer ey/)
})
