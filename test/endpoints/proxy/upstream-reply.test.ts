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
  const headers = { 'content-disposition': 'attachment; filename="\u00e9.pdf"', etag: '"1"' }
  const reply = await upstreamReply(new Response('x', { headers }), call)
  expect(reply.headers).toMatchObject({ etag: '"1"' })
  expect(reply.headers).not.toHaveProperty('content-disposition')
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
    ['/v1.0//evil.example/x', '/api/demo//evil.example/x'],
  ])('%s', async (location, expected) => {
    const reply = await upstreamReply(
      new Response('', { status: 302, headers: { location } }),
      call,
    )
    expect(reply.headers['location']).toBe(expected)
  })
})

describe('any other location is not passed on (G-06)', () => {
  test.each([
    'https://evil.example/v1.0/x',
    '//evil.example/v1.0/x',
    '/\\evil.example/v1.0/x',
    'http://api.example.com/v1.0/x',
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
    for (const status of [201, 202, 301, 302, 307, 308]) {
      const answer = new Response('', { status, headers: { location } })
      await expect(upstreamReply(answer, call)).rejects.toMatchObject({
        code: 'upstream_invalid',
        details: { dependency: { name: 'upstream', operation: 'demo' } },
      })
    }
  })
})
