import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FunctionsHost } from '../../../dev/functions-host/functions-host.ts'
import { startEchoHost, type Echo } from '../../support/echo-host.ts'
import { rawGet, sendRaw } from '../../support/raw-http.ts'

let host: FunctionsHost

beforeAll(async () => {
  host = await startEchoHost()
})
afterAll(() => host.stop())

async function echoOf(request: string | Buffer): Promise<Echo> {
  const { status, body } = await sendRaw(host.port, request)
  expect(status).toBe(200)
  return JSON.parse(body.split('\r\n')[1] ?? '') as Echo
}

test('joins repeated headers with a bare comma, two Cookie lines too', async () => {
  const headers = ['Cookie: a=1', 'X-Some: 1', 'COOKIE: b=2', 'x-some:', 'X-Empty:']
  const seen = await echoOf(rawGet('/echo/1/2', headers))

  expect(seen.headers).toMatchObject({ cookie: 'a=1,b=2', 'x-some': '1,', 'x-empty': '' })
})

test('hands over UTF-8 up to U+00FF, and answers 500 before the app for anything above', async () => {
  const logged = host.logs.length
  const latin = Buffer.from(rawGet('/echo/1/2', ['Cookie: n=é']), 'utf8')
  const beyond = Buffer.from(rawGet('/echo/1/2', ['Cookie: n=日']), 'utf8')
  const invalid = Buffer.from(rawGet('/echo/1/2', ['Cookie: n=\u00ff']), 'latin1')

  expect((await echoOf(latin)).headers['cookie']).toBe('n=é')
  const refused = await sendRaw(host.port, beyond)
  expect(refused).toMatchObject({ status: 500, body: '' })
  expect((await sendRaw(host.port, invalid)).status).toBe(400)
  expect(host.logs.slice(logged)).toEqual([expect.objectContaining({ functionName: 'echo' })])
})

test('bounds the headers at 32 KiB and 100 lines', async () => {
  const large = (size: number): string => rawGet('/echo/1/2', [`X-Large: ${'a'.repeat(size)}`])
  const many = (count: number): string =>
    rawGet(
      '/echo/1/2',
      Array.from({ length: count - 2 }, (_, index) => `x-${index}: 1`),
    )

  expect((await sendRaw(host.port, large(32_000))).status).toBe(200)
  expect((await sendRaw(host.port, large(33_000))).status).toBe(431)
  expect((await sendRaw(host.port, large(90_000))).status).toBe(431)
  expect((await sendRaw(host.port, many(100))).status).toBe(200)
  expect((await sendRaw(host.port, many(101))).status).toBe(431)
})

test('bounds the request line at 8 KiB', async () => {
  const overhead = 'GET /echo/1/2?a= HTTP/1.1\r\n'.length
  const request = (size: number): string => rawGet(`/echo/1/2?a=${'a'.repeat(size - overhead)}`)

  expect((await sendRaw(host.port, request(8192))).status).toBe(200)
  const tooLong = await sendRaw(host.port, request(8193))
  expect(tooLong.status).toBe(414)
  expect(tooLong.headers.map(([name]) => name)).not.toContain('X-Custom')
  expect((await sendRaw(host.port, request(90_000))).status).toBe(414)
})

test.each(['a b', 'x:y', 'localhost:1localhost:1', '..%2f', 'a,b', '[::1', 'a/b'])(
  'refuses the Host %s as Kestrel does',
  async (value) => {
    const request = `GET /echo HTTP/1.1\r\nHost: ${value}\r\nConnection: close\r\n\r\n`
    expect((await sendRaw(host.port, request)).status).toBe(400)
  },
)

test('refuses a request without Host', async () => {
  expect((await sendRaw(host.port, 'GET /echo/1/2 HTTP/1.1\r\n\r\n')).status).toBe(400)
  expect((await sendRaw(host.port, 'GET /echo/1/2 HTTP/1.0\r\n\r\n')).status).toBe(500)
})

test('drops a chunked body, whatever its size', async () => {
  const head = rawGet('/echo/1/2', ['Transfer-Encoding: chunked']).replace('GET', 'POST')
  const seen = await echoOf(`${head}5\r\nhello\r\n0\r\n\r\n`)

  expect(seen.body).toBe('')
  expect(seen.headers['transfer-encoding']).toBe('chunked')
})

test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
  'passes the body of %s with a length on',
  async (method) => {
    const head = rawGet('/echo/1/2', ['Content-Length: 5']).replace('GET', method)

    expect(await echoOf(`${head}hello`)).toMatchObject({ method, body: 'hello' })
  },
)

test('drops the body of GET, with a warning', async () => {
  const seen = await echoOf(`${rawGet('/echo/1/2', ['Content-Length: 5'])}hello`)

  expect(seen.body).toBe('')
  const warning = expect.stringMatching(/Discarding the body of the incoming GET/)
  expect(host.logs).toContainEqual(expect.objectContaining({ level: 'warning', message: warning }))
})

test('passes binary bodies through whole', async () => {
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256))
  const response = await fetch(`${host.origin}/answers/binary`, { method: 'POST', body })

  expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true)
})

test('answers a body above 100 MiB with 500, without reading it', async () => {
  const head = rawGet('/echo/1/2', [`Content-Length: ${100 * 1024 * 1024 + 1}`])
  const response = await sendRaw(host.port, head.replace('GET', 'POST'))

  expect(response).toMatchObject({ status: 500, body: '' })
})

test('passes no trace on without Application Insights, and continues the caller’s with it', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const request = rawGet('/echo/1/2', [`traceparent: ${traceparent}`])

  const without = await echoOf(request)
  expect(without.traceParent).toBe('')
  expect(without.headers['traceparent']).toBe(traceparent)

  await host.reload({ APPLICATIONINSIGHTS_CONNECTION_STRING: 'InstrumentationKey=0' })
  const continued = (await echoOf(request)).traceParent
  await host.reload({})
  expect(continued).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
  expect(continued).not.toBe(traceparent)
})
