import { describe, expect } from 'vitest'
import { cookieHeader, type HttpBrowser } from '../support/http-browser.ts'
import { type RawResponse, sendRaw } from '../support/raw-http.ts'
import { type RecorderUpstream, startRecorderUpstream } from '../support/recorder-upstream.ts'
import { signIn } from '../support/stack.ts'
import { type ProxyStack } from './proxy-stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()

let browser: HttpBrowser
/** Where an attacker would like a token to go. */
let evil: RecorderUpstream

test.beforeAll(async ({ stack }) => {
  evil = await startRecorderUpstream()
  browser = await signIn(stack)
  await browser.call('GET', stack.url('/api/demo/first'))
})
test.afterAll(async () => {
  await evil?.stop()
})
test.beforeEach(({ stack }) => stack.recorder.reset())

interface RawCall {
  readonly target: string
  readonly host?: string
  readonly method?: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** A signed-in call whose request line and headers are what is given, byte for byte. */
async function send(stack: ProxyStack, call: RawCall): Promise<RawResponse> {
  const { target, method = 'GET', headers = [], body = '' } = call
  const { port, host } = new URL(stack.origin)
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${call.host ?? host}`,
    'Connection: close',
    'X-CSRF: 1',
    `Cookie: ${cookieHeader(browser, stack.origin)}`,
    ...headers,
  ]
  return sendRaw(Number(port), Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1'))
}

/** Nothing else than the API's base was reached, and nothing of the attacker's. */
function expectContained(stack: ProxyStack): void {
  expect(evil.calls).toEqual([])
  for (const { raw, target } of stack.recorder.calls) {
    expect(target).toMatch(/^\/base\//)
    expect(target.split('?')[0]).not.toMatch(/\/\.{1,2}([/;]|$)|\\|%2e|%2f|%5c|%00/i)
    expect(raw.split('\r\n').filter((line) => /^host:/i.test(line))).toEqual([
      `Host: ${new URL(stack.recorder.origin).host}`,
    ])
  }
}

describe('hostile paths reach nothing but the base, or nothing at all (G-02, G-03, G-05)', () => {
  test.for([
    // Resolved by the host before a route is chosen: another address of our own.
    ['/api/demo/..', [404]],
    ['/api/demo/../../../etc/passwd', [404]],
    ['/api/demo/%2e%2e/%2e%2e/admin', [404]],
    ['/api/demo/.%2e/x', [404]],
    ['/api/demo/a/../../nope/x', [404]],
    ['/api/demo//evil', [404]],
    ['/api//demo/x', [404]],
    ['//api/demo/x', [404]],
    ['/api/demo/%00', [400]],
    // What is left for the function.
    ['/api/demo/a//b', [400]],
    ['/api/demo/a/%252e%252e/%252e%252e/%252e%252e/admin', [400]],
    ['/api/demo/%252e%252e/%252e%252e/admin', [400]],
    ['/api/demo/%252e/x', [400]],
    ['/api/demo/%25252e%25252e/x', [400]],
    ['/api/demo/a%2fb', [400]],
    ['/api/demo/a%2Fb', [400]],
    ['/api/demo/a%252Fb', [400]],
    ['/api/demo/..%2f..%2fadmin', [400]],
    ['/api/demo/..%252f..%252fadmin', [400]],
    ['/api/demo/%2f%2fevil.example/x', [400]],
    ['/api/demo/a%5cb', [400]],
    ['/api/demo/..%5c..%5cadmin', [400]],
    ['/api/demo/a\\b', [400]],
    ['/api/demo/..\\x', [400]],
    ['/api/demo/%2500', [400]],
    ['/api/demo/a%0d%0aHost:%20evil.example', [400]],
    ['/api/demo/a%0aX:%20y', [400]],
    ['/api/demo/a%09b', [400]],
    ['/api/demo/a%7fb', [400]],
    ['/api/demo/..;/x', [400]],
    ['/api/demo/..;a=b/..;/x', [400]],
    ['/api/demo/.;/x', [400]],
    ['/api/demo/%20../x', [400]],
    ['/api/demo/..%20/x', [400]],
    ['/api/demo/..%c2%a0/x', [400]],
    ['/api/demo/%c0%ae%c0%ae/x', [400]],
    ['/api/demo/%c0%af', [400]],
    ['/api/demo/%e0%80%af', [400]],
    ['/api/demo/%ff', [400]],
    ['/api/demo/%ed%a0%80', [400]],
    ['/api/demo/http://evil.example/', [400]],
    // Passed on, harmless below the base.
    ['/api/demo/http:%20evil', [200]],
    ['/api/demo/@evil.example', [200]],
    ['/api/demo/%40evil.example:80', [200]],
    ['/api/demo/.evil.example', [200]],
    ['/api/demo/x%3fy%23z', [200]],
    ['/api/demo/%u002e%u002e/x', [200]],
    ['/api/demo/%ef%bc%8e%ef%bc%8e%ef%bc%8fx', [200]],
    ['/api/demo/a?path=../../x&url=http://evil.example/%0d%0a', [200]],
    ['/API/demo/x', [200]],
    ['/%61pi/demo/x', [200]],
    ['/api/%64emo/x', [200]],
    ['/api/demo/x%23/auth/callback', [200]],
    ['/api/demo/x/', [200]],
    ['/api/demo', [200]],
  ] as const)('%s', async ([target, statuses], { stack }) => {
    const { status } = await send(stack, { target })
    expect(statuses).toContain(status)
    expect(stack.recorder.calls).toHaveLength(status === 200 ? 1 : 0)
    expectContained(stack)
  })

  test('a path that is passed on keeps its meaning', async ({ stack }) => {
    await send(stack, { target: "/api/demo/caf%C3%A9/a%20b/100%25/x%3Fy%23z/u('1')/$v?q=%2F..%2F" })
    expect(stack.recorder.calls[0]?.target).toBe(
      "/base/caf%C3%A9/a%20b/100%25/x%3Fy%23z/u('1')/$v?q=%2F..%2F",
    )
  })
})

describe('neither request line nor headers decide where a call goes (G-05)', () => {
  const evilHost = () => new URL(evil.origin).host

  test('an absolute request line names our own host or is refused', async ({ stack }) => {
    const own = await send(stack, { target: `${stack.origin}/api/demo/x` })
    expect(own.status).toBe(200)
    const other = await send(stack, { target: `${evil.origin}/api/demo/x` })
    expect(other.status).toBe(400)
    for (const target of ['*', 'api/demo/x', `http:/api/demo/x`, '/api/demo/x y'])
      expect((await send(stack, { target })).status).toBeGreaterThanOrEqual(400)
    expectContained(stack)
  })

  test('the Host header is not the destination', async ({ stack }) => {
    for (const host of [evilHost(), 'evil.example', `${evilHost()}#`, 'evil.example?', 'x@evil'])
      await send(stack, { target: '/api/demo/x', host })
    expectContained(stack)
  })

  test('no forwarding header is', async ({ stack }) => {
    await send(stack, {
      target: '/api/demo/x',
      headers: [
        `X-Forwarded-Host: ${evilHost()}`,
        `X-Forwarded-Server: ${evilHost()}`,
        `X-Forwarded-For: 127.0.0.1`,
        `Forwarded: host=${evilHost()};proto=http`,
        `X-Original-Host: ${evilHost()}`,
        `X-Original-URL: ${evil.origin}/x`,
        `X-Rewrite-URL: /admin`,
        `X-Host: ${evilHost()}`,
        `DISGUISED-HOST: ${evilHost()}`,
        `X-Upstream: ${evil.origin}`,
      ],
    })
    const [call] = stack.recorder.calls
    expect(call?.method).toBe('GET')
    expect(call?.headers.map(([name]) => name.toLowerCase())).toEqual([
      'user-agent',
      'accept-encoding',
      'authorization',
      'host',
      'connection',
    ])
    expectContained(stack)
  })
})

test('another method than that of the request line is refused', async ({ stack }) => {
  const reply = await send(stack, {
    target: '/api/demo/x',
    headers: ['X-HTTP-Method-Override: DELETE'],
  })
  expect([reply.status, reply.body]).toEqual([
    400,
    expect.stringContaining('x-http-method-override'),
  ])
  expect(stack.recorder.calls).toEqual([])
})

describe('headers of the request stay behind unless they are allowed (G-08, G-09, F-07)', () => {
  test('all that may hurt, in every spelling', async ({ stack }) => {
    await send(stack, {
      target: '/api/demo/x',
      headers: [
        'Authorization: Bearer mine',
        'AUTHORIZATION: Basic eDp5',
        'Proxy-Authorization: Basic eDp5',
        'Proxy-Connection: keep-alive',
        'Keep-Alive: timeout=1',
        'TE: trailers',
        'Trailer: X',
        'X-MS-CLIENT-PRINCIPAL: e30=',
        'X-Functions-Key: k',
        'X-ARR-SSL: true',
        'Client-IP: 1.2.3.4',
        'X-Real-IP: 1.2.3.4',
        'X_Forwarded_For: 1.2.3.4',
        'Content_Type: text/evil',
        'If_Match: "1"',
        'Origin-Agent-Cluster: ?1',
        'Accept: text/plain',
        'aCCept-LANGUAGE: de',
      ],
    })
    const [call] = stack.recorder.calls
    const sent = Object.fromEntries(
      call!.headers.map(([name, value]) => [name.toLowerCase(), value]),
    )
    expect(sent).toEqual({
      accept: 'text/plain',
      'accept-language': 'de',
      'accept-encoding': 'gzip, br',
      authorization: expect.stringMatching(/^Bearer ey/),
      connection: 'keep-alive',
      host: new URL(stack.recorder.origin).host,
      'user-agent': 'entra-bff',
    })
    expect(call!.raw).not.toMatch(/session|mine|eDp5|evil/i)
  })

  test('what Connection names is not needed to be named', async ({ stack }) => {
    await send(stack, { target: '/api/demo/x', headers: ['Connection: Authorization, Accept'] })
    expect(stack.recorder.calls[0]?.header('authorization')).toMatch(/^Bearer ey/)
  })

  test('a value beyond ASCII is sent as one byte a character', async ({ stack }) => {
    const reply = await send(stack, { target: '/api/demo/x', headers: ['Prefer: a\u00c3\u00a9'] })
    expect(reply.status).toBe(200)
    expect(stack.recorder.calls[0]?.header('prefer')).toBe('a\u00e9')
  })
})

describe('bodies are framed by us alone', () => {
  test.for([
    ['chunked', ['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n', 400],
    ['an empty chunked one', ['Transfer-Encoding: chunked'], '0\r\n\r\n', 400],
  ] as const)(
    '%s body is refused: the host would drop it',
    async ([_name, headers, body, status], { stack }) => {
      const reply = await send(stack, { target: '/api/demo/x', method: 'POST', headers, body })
      expect(reply.status).toBe(status)
      expect(reply.body).toContain('"parameter":"transfer-encoding"')
      expect(stack.recorder.calls).toEqual([])
    },
  )

  test('two ways of framing at once reach no API', async ({ stack }) => {
    const smuggled = 'GET /base/admin HTTP/1.1\r\nHost: x\r\n\r\n'
    await send(stack, {
      target: '/api/demo/x',
      method: 'POST',
      headers: [`Content-Length: ${smuggled.length + 5}`, 'Transfer-Encoding: chunked'],
      body: `0\r\n\r\n${smuggled}`,
    })
    expect(stack.recorder.calls).toEqual([])
  })

  test('what looks like a request in a body is a body', async ({ stack }) => {
    const body = '\r\n\r\nGET /base/admin HTTP/1.1\r\nHost: x\r\n\r\n'
    await send(stack, {
      target: '/api/demo/x',
      method: 'POST',
      headers: [`Content-Length: ${body.length}`],
      body,
    })
    expect(stack.recorder.calls.map(({ target, body }) => [target, body.toString()])).toEqual([
      ['/base/x', body],
    ])
  })

  test('an upgrade is answered as plain HTTP, without hanging (G-17)', async ({ stack }) => {
    const reply = await send(stack, {
      target: '/api/demo/x',
      headers: ['Upgrade: websocket', 'Sec-WebSocket-Key: x', 'Sec-WebSocket-Version: 13'],
    })
    expect(reply.status).toBe(200)
    expect(stack.recorder.calls[0]?.raw).not.toMatch(/upgrade|websocket/i)
  })
})
