import { describe, expect, test } from 'vitest'
import {
  requestBody,
  requireTravelling,
  travellingHeaders,
} from '../../../src/endpoints/proxy/outgoing-call.ts'
import type { IncomingRequest } from '../../../src/http/messages.ts'

const url = 'https://app.example.com/api/demo/x'
const withHeaders = (headers: Record<string, string>) => new Request(url, { headers })

test('request headers travel by an allow-list (G-08)', () => {
  const travelling = {
    accept: '*/*',
    'accept-language': 'de',
    'content-type': 'application/json',
    'idempotency-key': 'k',
    'if-match': '"1"',
    'if-none-match': '"2"',
    'if-modified-since': 'Sat, 01 Jan 2022 00:00:00 GMT',
    'if-unmodified-since': 'Sat, 01 Jan 2022 00:00:00 GMT',
    prefer: 'return=minimal',
    range: 'bytes=0-1',
    'if-range': '"1"',
    'content-language': 'de',
    'content-range': 'bytes 0-1/2',
    consistencylevel: 'eventual',
    'odata-version': '4.0',
    'odata-maxversion': '4.01',
    'api-version': '2024-01-01',
    baggage: 'a=b',
    'request-id': '|1.',
    'request-context': 'appId=x',
    'sentry-trace': '1-1',
    'x-ms-client-request-id': 'r',
    'x-correlation-id': 'c',
    traceparent: '00-1',
    tracestate: 'a=b',
  }
  const staying = [
    'cookie authorization proxy-authorization connection te trailer upgrade keep-alive host',
    'proxy-connection forwarded x-forwarded-for x-forwarded-host x-forwarded-proto x_forwarded_for',
    'x-original-url x-rewrite-url x-http-method-override x-ms-client-principal x-functions-key',
    'x-arr-ssl client-ip x-real-ip x-csrf origin referer user-agent accept-encoding accept_language',
    'sec-fetch-site content-length content-encoding expect x-api-key cache-control',
  ]
    .join(' ')
    .split(' ')
  const all: Readonly<Record<string, string>> = {
    ...Object.fromEntries(staying.map((name) => [name, 'x'])),
    ...travelling,
  }
  const headers = { get: (name: string) => all[name] ?? null }
  expect(travellingHeaders({ headers } as unknown as IncomingRequest)).toEqual(travelling)
})

test('an API gets more by the names in its settings, and no others', () => {
  const all: Readonly<Record<string, string>> = { 'x-tenant': 't', 'x-other': 'o' }
  const request = { headers: { get: (name: string) => all[name] ?? null } }
  const headers = travellingHeaders(request as unknown as IncomingRequest, ['x-tenant'])
  expect(headers).toEqual({ 'x-tenant': 't' })
})

test.each([
  ['x-http-method-override', 'DELETE'],
  ['x-http-method', 'DELETE'],
  ['x-method-override', 'DELETE'],
  ['expect', '100-continue'],
  ['te', 'gzip'],
  ['transfer-encoding', 'chunked'],
  ['content-encoding', 'gzip'],
])('what would change the meaning is refused, never dropped: %s: %s', (name, value) => {
  const headers = { get: (asked: string) => (asked === name ? value : null) }
  const request = { method: 'GET', headers } as unknown as IncomingRequest
  expect(() => requireTravelling(request, 10)).toThrowError(
    expect.objectContaining({ code: 'invalid_parameter', details: { parameter: name } }),
  )
})

test('what every browser says of its connection is no reason to refuse', () => {
  const all: Readonly<Record<string, string>> = { te: 'trailers', 'content-encoding': 'identity' }
  const headers = { get: (name: string) => all[name] ?? null }
  const request = { method: 'GET', headers } as unknown as IncomingRequest
  expect(() => requireTravelling(request, 10)).not.toThrow()
})

test('a value that no request can carry is refused, not a fault of this program (L-03)', () => {
  for (const value of ['a\u0001b', 'a\u007fb', '日本']) {
    const headers = { get: (name: string) => (name === 'prefer' ? value : null) }
    expect(() => travellingHeaders({ headers } as unknown as IncomingRequest)).toThrow(
      expect.objectContaining({ code: 'invalid_parameter', details: { parameter: 'prefer' } }),
    )
  }
})

describe('a body', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    new Request(url, {
      method: 'POST',
      body,
      headers: { 'content-length': String(Buffer.byteLength(body)), ...headers },
    })

  test('is passed on as it is', async () => {
    expect(Buffer.from((await requestBody(post('é'), 10))!).toString('hex')).toBe('c3a9')
  })

  test('may be empty: its length is said', async () => {
    expect(await requestBody(new Request(url, { method: 'POST' }), 10)).toEqual(new Uint8Array())
    expect(await requestBody(new Request(url, { method: 'DELETE' }), 10)).toBeUndefined()
    expect(await requestBody(new Request(url), 10)).toBeUndefined()
  })

  test('that is too large is refused by its length, and by its size', async () => {
    const tooLarge = { code: 'body_too_large' }
    expect(() => requireTravelling(post('x'.repeat(11)), 10)).toThrowError(
      expect.objectContaining(tooLarge),
    )
    const silent = new Request(url, { method: 'POST', body: 'x'.repeat(11) })
    await expect(requestBody(silent, 10)).rejects.toMatchObject(tooLarge)
  })

  test.each([
    ['transfer-encoding', withHeaders({ 'transfer-encoding': 'chunked' })],
    ['content-encoding', post('x', { 'content-encoding': 'gzip' })],
    ['content-length', withHeaders({ 'content-length': '5' })],
  ])('that the API would not get as it was sent is refused: %s', (parameter, request) => {
    expect(() => requireTravelling(request, 10)).toThrowError(
      expect.objectContaining({ code: 'invalid_parameter', details: { parameter } }),
    )
  })
})
