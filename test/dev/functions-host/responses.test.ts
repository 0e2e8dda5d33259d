import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FunctionsHost } from '../../../dev/functions-host/functions-host.ts'
import { startEchoHost } from '../../support/echo-host.ts'
import { rawGet, sendRaw, type RawResponse } from '../../support/raw-http.ts'

let host: FunctionsHost

beforeAll(async () => {
  host = await startEchoHost()
})
afterAll(() => host.stop())

const get = (path: string): Promise<RawResponse> => sendRaw(host.port, rawGet(path))

function values(response: RawResponse, name: string): string[] {
  return response.headers.flatMap(([key, value]) => (key.toLowerCase() === name ? [value] : []))
}

test.each([
  ['a thrown error', '/fails/throws'],
  ['text instead of an object', '/answers/text'],
  ['a status below 200', '/answers/tooLow'],
  ['a status above 599', '/answers/tooHigh'],
])('answers %s with a bare 500, the reason in the log only', async (_, path) => {
  const logged = host.logs.length
  const response = await get(path)

  expect(response).toMatchObject({ status: 500, body: '' })
  expect(values(response, 'content-length')).toEqual(['0'])
  expect(values(response, 'x-custom')).toEqual(['host'])
  expect(host.logs.slice(logged)).toEqual([
    expect.objectContaining({ level: 'error', invocationId: expect.any(String) }),
  ])
})

test.each([
  ['a header beyond ASCII', '/answers/nonAscii'],
  ['a content-length that is too small', '/answers/short'],
  ['a cookie name that is none', '/answers/badCookie'],
])('answers %s with a 500 that lacks even the custom headers', async (_, path) => {
  const response = await get(path)

  expect(response).toMatchObject({ status: 500, body: '' })
  expect(values(response, 'x-custom')).toEqual([])
})

test('turns undefined into 204', async () => {
  const response = await get('/answers/nothing')

  expect(response).toMatchObject({ status: 204, body: '' })
  expect(values(response, 'content-length')).toEqual([])
})

test('drops the body of a 204', async () => {
  expect(await get('/answers/noContent')).toMatchObject({ status: 204, body: '' })
})

test('sends a body chunked, without a length, and an absent one with length 0', async () => {
  const body = await get('/answers/body')
  expect(values(body, 'transfer-encoding')).toEqual(['chunked'])
  expect(values(body, 'content-length')).toEqual([])
  expect(body.body).toBe('c\r\ntwelve bytes\r\n0\r\n\r\n')

  const empty = await get('/answers/empty')
  expect(empty).toMatchObject({ status: 202, body: '' })
  expect(values(empty, 'content-length')).toEqual(['0'])
})

test('sends a right content-length as the app set it, and breaks off where it is too large', async () => {
  expect(await get('/answers/exact')).toMatchObject({ status: 200, body: 'twelve bytes' })
  expect(await get('/answers/long')).toMatchObject({ status: 200, body: 'twelve bytes' })
})

test('answers HEAD without a body, with the length where the app set one', async () => {
  const head = (path: string): Promise<RawResponse> =>
    sendRaw(host.port, rawGet(path).replace('GET', 'HEAD'))
  const exact = await head('/answers/exact')

  expect(exact).toMatchObject({ status: 200, body: '' })
  expect(values(exact, 'content-length')).toEqual(['12'])
  const body = await head('/answers/body')
  expect(body).toMatchObject({ status: 200, body: '' })
  expect(values(body, 'content-length')).toEqual([])
})

test('keeps only the last of several set-cookie headers, and joins other repeated ones', async () => {
  const response = await get('/answers/twoSetCookie')

  expect(values(response, 'set-cookie')).toEqual(['second=2'])
  expect(values(response, 'x-repeated')).toEqual(['1, 2'])
})

test('renders cookies byte for byte as the host does in buffered mode', async () => {
  expect(values(await get('/answers/cookies'), 'set-cookie')).toEqual([
    'header=1; Path=/',
    '__Host-s=a%21b%27c%28d%29%2Ae%20f; path=/; secure; samesite=lax; httponly',
    'gone=; max-age=0; path=/',
    'later=x; max-age=1; domain=a.test; path=/p; samesite=none',
    'dated=x; expires=Wed, 02 Jan 2030 03:04:05 GMT; path=/',
  ])
})

test('adds the custom headers of host.json only where the app has not set them', async () => {
  const response = await get('/answers/ownHeaders')

  expect(values(response, 'x-custom')).toEqual(['app'])
  expect(values(response, 'server')).toEqual(['mine'])
})

test('lets a hook rescue a thrown error', async () => {
  const response = await fetch(`${host.origin}/hooked`)

  const steps = ['appStart', 'pre', 'handler', 'post', true, {}]
  expect(await response.json()).toEqual(steps)
})

test('shows the home page, nothing where it is turned off, or the app behind it', async () => {
  expect((await get('/')).status).toBe(200)

  const silent = await startEchoHost({ env: { AzureWebJobsDisableHomepage: 'true' } })
  const answer = await sendRaw(silent.port, rawGet('/'))
  await silent.stop()
  expect(answer).toMatchObject({ status: 204, body: '' })
})

test('passes what no function takes on to the fallback, and nothing else', async () => {
  const demo = createServer((request, response) => {
    response.writeHead(200, { 'x-demo': '1' }).end(`${request.method} ${request.url}`)
  })
  await new Promise<void>((resolve) => demo.listen(0, '127.0.0.1', resolve))
  const { port } = demo.address() as { port: number }
  const fallbackOrigin = `http://127.0.0.1:${port}`
  const withDemo = await startEchoHost({ fallbackOrigin })

  const home = await fetch(`${withDemo.origin}/?a=1`)
  const wrongMethod = await fetch(`${withDemo.origin}/only-post`)
  const posted = await fetch(`${withDemo.origin}/form`, { method: 'POST', body: 'x=1' })
  await withDemo.stop()
  demo.close()

  expect([home.headers.get('x-demo'), await home.text()]).toEqual(['1', 'GET /?a=1'])
  expect(home.headers.get('x-custom')).toBeNull()
  expect(wrongMethod.status).toBe(404)
  expect(await posted.text()).toBe('POST /form')
})

test('passes a path that looks like another host on to the fallback alone', async () => {
  const seen: string[] = []
  const listen = async (name: string): Promise<Server> => {
    const server = createServer((request, response) => {
      seen.push(`${name} ${request.url}`)
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return server
  }
  const addressOf = (server: Server): string =>
    `//127.0.0.1:${(server.address() as { port: number }).port}`
  const [demo, other] = [await listen('demo'), await listen('other')]
  const elsewhere = `${addressOf(other)}/x?a=1`
  const withDemo = await startEchoHost({ fallbackOrigin: `http:${addressOf(demo)}` })

  for (const target of [elsewhere, '//', 'http://localhost/y']) {
    expect((await sendRaw(withDemo.port, rawGet(target))).status).toBe(200)
  }
  await withDemo.stop()
  for (const server of [demo, other]) server.close()

  expect(seen).toEqual([`demo ${elsewhere}`, 'demo //', 'demo /y'])
})

test('remembers requests without query, and redirects without theirs', async () => {
  await get('/answers/redirect?code=secret')

  const page = await fetch(`${host.origin}/_local/requests`)
  const lines = (await page.json()) as Record<string, unknown>[]
  expect(lines.at(-1)).toEqual({
    method: 'GET',
    path: '/answers/redirect',
    status: 302,
    durationMs: expect.any(Number),
    functionName: 'redirect',
    invocationId: expect.any(String),
    location: 'https://login.test/authorize',
  })
})
