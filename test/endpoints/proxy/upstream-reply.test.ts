import { describe, expect, test } from 'vitest'
import { upstreamReply } from '../../../src/endpoints/proxy/upstream-reply.ts'
import { upstream } from './upstream.ts'

const call = {
  upstream: upstream({ url: 'https://api.example.com/v1.0' }),
  method: 'GET',
  url: new URL('https://api.example.com/v1.0/users/1?x=1'),
  headers: {},
  body: undefined,
  startedAt: 0,
}
const forced = {
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  vary: 'Origin, Cookie, Sec-Fetch-Site',
  'x-upstream': 'demo',
}

test('response headers travel by an allow-list (G-10, G-11)', async () => {
  const travelling = {
    'accept-ranges': 'bytes',
    allow: 'GET',
    'content-disposition': 'attachment; filename="a.txt"',
    'content-language': 'de',
    'content-range': 'bytes 0-1/2',
    'content-type': 'text/html',
    deprecation: 'true',
    etag: '"1"',
    'last-modified': 'Sat, 01 Jan 2022 00:00:00 GMT',
    link: '</v1.0/x>; rel="next"',
    'odata-version': '4.0',
    'x-total-count': '12',
    'x-ms-request-id': 'm',
    'client-request-id': 'q',
    'api-supported-versions': '1, 2',
    'preference-applied': 'return=minimal',
    'ratelimit-limit': '10',
    'ratelimit-policy': '10;w=1',
    ratelimit: 'limit=10',
    'request-id': 'r',
    'retry-after': '7',
    sunset: 'Sat, 01 Jan 2022 00:00:00 GMT',
    'x-ratelimit-remaining': '3',
  }
  const staying = [
    'set-cookie set-cookie2 access-control-allow-origin access-control-allow-credentials',
    'clear-site-data strict-transport-security service-worker-allowed refresh www-authenticate',
    'proxy-authenticate server x-powered-by alt-svc connection keep-alive transfer-encoding',
    'content-length cache-control expires pragma age vary x-frame-options',
    'content-security-policy content-security-policy-report-only x-content-type-options',
    'cross-origin-opener-policy cross-origin-resource-policy permissions-policy report-to nel',
    'x-upstream x-correlation-id sourcemap speculation-rules x-ratelimit trailer upgrade via',
  ].flatMap((names) => names.split(' '))
  const headers = new Headers(travelling)
  for (const name of staying) headers.append(name, 'x')
  headers.append('content-encoding', 'identity')
  const reply = await upstreamReply(new Response('body', { headers }), call)
  expect(reply.headers).toEqual({ ...travelling, ...forced })
  expect(Buffer.from(reply.body as Uint8Array).toString()).toBe('body')
})

test('a header that the platform cannot send is left out', async () => {
  const headers = { 'preference-applied': 'x="\u00e9"', etag: '"1"' }
  const reply = await upstreamReply(new Response('x', { headers }), call)
  expect(reply.headers).toMatchObject({ etag: '"1"' })
  expect(reply.headers).not.toHaveProperty('preference-applied')
})

test('an API lets more be read by the names in its settings, and no others', async () => {
  const api = upstream({ url: 'https://api.example.com/v1.0', responseHeaders: ['X-Quota'] })
  const headers = { 'x-quota': '7', 'x-other': '8' }
  const reply = await upstreamReply(new Response(null, { headers }), { ...call, upstream: api })
  expect(reply.headers).toEqual({ 'x-quota': '7', ...forced })
})

const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')

test.each([
  [
    latin1('attachment; filename="Bericht M\u00e4rz.pdf"'),
    `attachment; filename="Bericht M_rz.pdf"; filename*=UTF-8''Bericht%20M%C3%A4rz.pdf`,
  ],
  [
    'attachment; filename="\u00e9.pdf"',
    `attachment; filename="_.pdf"; filename*=UTF-8''%C3%A9.pdf`,
  ],
  [
    latin1(`inline; filename=\u65e5\u672c.txt; size=3`),
    `inline; filename="__.txt"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.txt; size="3"`,
  ],
  [
    latin1(`attachment; filename="\u00e4.txt"; filename*=UTF-8''%C3%A4.txt`),
    `attachment; filename="_.txt"; filename*=UTF-8''%C3%A4.txt`,
  ],
  [latin1('attachment; \u00e4'), 'attachment'],
  [latin1('attachment; filename="\u00e4'), 'attachment'],
  ['attachment; filename="a.txt"', 'attachment; filename="a.txt"'],
])('a file keeps its name in any language: %j', async (sent, shown) => {
  const headers = { 'content-disposition': sent }
  const reply = await upstreamReply(new Response('x', { headers }), call)
  expect(reply.headers['content-disposition']).toBe(shown)
})

test.each([
  ['</x>; rel=preload; as=script', undefined],
  ['<//evil.example>; rel="preconnect"', undefined],
  ['<//evil.example>; rel="next DNS-Prefetch"', undefined],
  ['</a.js>;rel=modulepreload', undefined],
  ['</a>; rel=next, </b>; rel=preload', '</a>; rel=next'],
  [
    '</a,b>; rel="next"; title="x, <y>; rel=preload"',
    '</a,b>; rel="next"; title="x, <y>; rel=preload"',
  ],
  ['</a>; rel="pre\\load"', undefined],
  ['nonsense, </b>; rel=next', undefined],
])('a link makes no browser fetch or connect: %s', async (link, shown) => {
  const reply = await upstreamReply(new Response('x', { headers: { link } }), call)
  expect(reply.headers['link']).toBe(shown)
})

test('a part of an encoded body stays as it came, and says so', async () => {
  const headers = { 'content-encoding': 'gzip', 'content-range': 'bytes 0-1/9' }
  const reply = await upstreamReply(new Response('ab', { status: 206, headers }), call)
  expect(reply).toMatchObject({ status: 206, headers })
})

test('HEAD tells the size', async () => {
  const headers = { 'content-length': '1234' }
  const reply = await upstreamReply(new Response(null, { headers }), { ...call, method: 'HEAD' })
  expect(reply.headers).toMatchObject(headers)
  expect((await upstreamReply(new Response(null, { headers }), call)).headers).toEqual(forced)
})

test('a body in a coding that is not known here is not passed on, no body has none', async () => {
  const headers = { 'content-encoding': 'zstd' }
  await expect(upstreamReply(new Response('x', { headers }), call)).rejects.toMatchObject({
    code: 'upstream_invalid',
  })
  expect((await upstreamReply(new Response(null, { headers }), call)).headers).toEqual(forced)
})

test('an answer without a body stays without one', async () => {
  for (const status of [204, 304]) {
    const reply = await upstreamReply(new Response(null, { status }), call)
    expect(reply).toMatchObject({ status, headers: forced })
    expect(reply.body).toBeUndefined()
  }
})

describe('a location below the base becomes our own (G-06)', () => {
  test.each([
    ['https://api.example.com/v1.0/users/2', '/api/demo/users/2'],
    ['/v1.0/users/2?a=b#c', '/api/demo/users/2?a=b#c'],
    ['2', '/api/demo/users/2'],
    ['../teams/', '/api/demo/teams/'],
    ['?page=2', '/api/demo/users/1?page=2'],
    ['https://API.example.com:443/v1.0/', '/api/demo/'],
    ['http://api.example.com/v1.0/x', '/api/demo/x'],
    ['http://api.example.com:443/v1.0/x', '/api/demo/x'],
    ['/v1.0//evil.example/x', '/api/demo//evil.example/x'],
  ])('%s', async (location, expected) => {
    for (const status of [200, 201, 202, 301, 302, 307, 308, 409]) {
      const answer = new Response('', { status, headers: { location } })
      expect((await upstreamReply(answer, call)).headers['location']).toBe(expected)
    }
  })
})

describe('any other location is not passed on (G-06)', () => {
  test.each([
    'https://evil.example/v1.0/x',
    '//evil.example/v1.0/x',
    '/\\evil.example/v1.0/x',
    'ftp://api.example.com/v1.0/x',
    'http://api.example.com:80/v1.0/../x',
    'https://api.example.com:8443/v1.0/x',
    'https://api.example.com.evil.example/v1.0/x',
    'https://api.example.com@evil.example/v1.0/x',
    'https://u:p@api.example.com/v1.0/x',
    '/v1.0',
    '/v1.0x/y',
    '/v2.0/users',
    '/v1.0/../admin',
    '/v1.0/%2e%2e/admin',
    '../../../x',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://api.example.com/v1.0/x',
    'https://',
  ])('%s', async (location) => {
    for (const status of [200, 201, 202, 304, 409]) {
      const answer = new Response(status === 304 ? null : 'done', { status, headers: { location } })
      const reply = await upstreamReply(answer, call)
      expect([reply.status, reply.headers['location']]).toEqual([status, undefined])
      if (status !== 304) expect(Buffer.from(reply.body as Uint8Array).toString()).toBe('done')
    }
    for (const status of [301, 302, 303, 307, 308]) {
      const answer = new Response('', { status, headers: { location } })
      await expect(upstreamReply(answer, call)).rejects.toMatchObject({
        code: 'upstream_invalid',
        details: { dependency: { name: 'upstream', operation: 'demo' } },
      })
    }
  })
})

test('work that is done names its monitor where the settings let it, a redirect never', async () => {
  const api = upstream({
    url: 'https://api.example.com/v1.0',
    locations: ['https://monitor.example.net/jobs'],
  })
  const from = (status: number, location: string) =>
    upstreamReply(
      new Response(null, { status, headers: { location, 'operation-location': location } }),
      {
        ...call,
        upstream: api,
      },
    )
  const monitor = 'https://monitor.example.net/jobs/7'
  const accepted = await from(202, monitor)
  expect(accepted.headers).toMatchObject({ location: monitor, 'operation-location': monitor })
  const other = await from(202, 'https://monitor.example.net/else')
  expect(other.headers).toEqual(forced)
  await expect(from(302, monitor)).rejects.toMatchObject({ code: 'upstream_invalid' })
})

test('every header that names a URL below the base leads to ourselves', async () => {
  const url = 'https://api.example.com/v1.0/jobs/1'
  const names = ['location', 'content-location', 'operation-location', 'odata-entityid']
  const headers = Object.fromEntries(names.map((name) => [name, url]))
  const reply = await upstreamReply(new Response('', { headers }), call)
  for (const name of names) expect(reply.headers[name]).toBe('/api/demo/jobs/1')
})
