import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FunctionsHost } from '../../../dev/functions-host/functions-host.ts'
import { startEchoHost, type Echo } from '../../support/echo-host.ts'
import { rawGet, sendRaw } from '../../support/raw-http.ts'

let host: FunctionsHost

beforeAll(async () => {
  host = await startEchoHost({ env: { 'AzureWebJobs.switchedOff.Disabled': 'true' } })
})
afterAll(() => host.stop())

async function echo(path: string, init?: RequestInit): Promise<Echo> {
  const response = await fetch(host.origin + path, init)
  expect(response.status).toBe(200)
  return (await response.json()) as Echo
}

test('tries functions by name, not by how specific their route is', async () => {
  expect((await echo('/shadow/specific')).function).toBe('aShadow')
})

test('takes literals in any case and ignores one trailing slash', async () => {
  expect((await echo('/ECHO/42/Value/')).params).toEqual({ id: '42', value: 'Value' })
})

test.each([
  ['/optional/7', { id: '7' }],
  ['/optional/7/ada', { id: '7', name: 'ada' }],
  ['/files/report.final.pdf', { name: 'report.final', extension: 'pdf' }],
  ['/files/report', { name: 'report' }],
  ['/defaulted', { page: 'home' }],
  ['/defaulted/other', { page: 'other' }],
  ['/all', {}],
  ['/all/a/b//c/', { path: 'a/b//c/' }],
])('reads the parameters of %s', async (path, params) => {
  expect((await echo(path)).params).toEqual(params)
})

test.each([
  ['an unknown route', 'GET', '/unknown'],
  ['a method that is not listed', 'GET', '/only-post'],
  ['HEAD where it is not listed', 'HEAD', '/only-post'],
  ['a value that breaks a constraint', 'GET', '/optional/seven'],
  ['an empty first segment', 'GET', '//echo/1/2'],
  ['an empty segment before a catch-all', 'GET', '/all//x'],
  ['an empty segment', 'GET', '/echo//2'],
  ['a disabled function', 'GET', '/switched-off'],
  ['a function below admin', 'GET', '/admin/thing'],
  ['a later function of the same route, for all its methods', 'POST', '/conflict'],
])('answers %s with a bare 404', async (_, method, path) => {
  const response = await fetch(host.origin + path, { method })

  expect(response.status).toBe(404)
  expect(await response.text()).toBe('')
  expect(response.headers.get('content-type')).toBeNull()
  expect(response.headers.get('x-custom')).toBe('host')
})

test('names the functions that it left out in the log', () => {
  const errors = host.logs.filter(({ level }) => level === 'error').map(({ message }) => message)

  expect(errors).toEqual([
    expect.stringMatching(/'adminThing'.*built-in route/),
    expect.stringMatching(/'conflictB'.*conflicts with that of 'conflictA'/),
    expect.stringMatching(/'failing'.*FAILING_SCHEDULE/),
  ])
  expect(host.functions.map(({ name }) => name)).not.toContain('conflictB')
})

test('lists the functions with their methods and routes', () => {
  expect(host.functions).toContainEqual({
    name: 'onlyPost',
    methods: ['POST'],
    route: 'only-post',
  })
})

// The table of how a path reaches a buffered function.
test.each([
  ['a%2Fb', 'a%2Fb', 'a%2Fb'],
  ['a%252Fb', 'a%2Fb', 'a%2Fb'],
  ['100%25', '100%25', '100%'],
  ['x%ZZ', 'x%25ZZ', 'x%ZZ'],
  ['%2B', '+', '+'],
  ['%C3%A9', '%C3%A9', 'é'],
  ['%FF', '%FF', '%FF'],
  ['a%5Cb', 'a%5Cb', 'a\\b'],
])('shows the segment %s as %s in the URL and %s in the parameter', async (sent, inUrl, value) => {
  const response = await sendRaw(host.port, rawGet(`/echo/42/${sent}`))
  const seen = JSON.parse(chunkedBody(response.body)) as Echo

  expect(new URL(seen.url).pathname).toBe(`/echo/42/${inUrl}`)
  expect(seen.params['value']).toBe(value)
})

test.each(['/echo/%2e%2e/echo/1/2', '/x/../echo/1/2', '/./echo/1/2', '/x/%2E./echo/1/2'])(
  'resolves the dot segments of %s after one decoding',
  async (path) => {
    const response = await sendRaw(host.port, rawGet(path))

    expect(new URL((JSON.parse(chunkedBody(response.body)) as Echo).url).pathname).toBe('/echo/1/2')
  },
)

test('lets a twice encoded path leave its route in the URL, as the real host does', async () => {
  const path = '/all/%252e%252e/%252e%252e/admin'
  const { body } = await sendRaw(host.port, rawGet(path))
  const seen = JSON.parse(chunkedBody(body)) as Echo

  expect(new URL(seen.url).pathname).toBe('/admin')
  expect(seen.params['path']).toBe('%2e%2e/%2e%2e/admin')
})

test('refuses %00 and an absolute target of another host with 400', async () => {
  expect((await sendRaw(host.port, rawGet('/echo/1/%00'))).status).toBe(400)
  expect((await sendRaw(host.port, rawGet('http://other/echo/1/2'))).status).toBe(400)
  expect((await sendRaw(host.port, rawGet('http://localhost/echo/1/2'))).status).toBe(200)
})

test('joins repeated query names in request.query, and leaves request.url alone', async () => {
  const seen = await echo('/echo/1/2?a=1&A=3&b=x%20y+z&c&d=%FF')

  expect(seen.query).toEqual({ a: '1,3', b: 'x y z', c: '', d: '%FF' })
  expect(new URL(seen.url).searchParams.getAll('a')).toEqual(['1'])
  expect(new URL(seen.url).search).toBe('?a=1&A=3&b=x%20y+z&c&d=%FF')
})

test('builds the URL from Host and socket, never from forwarded headers', async () => {
  const headers = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: evil.example']
  const { body } = await sendRaw(host.port, rawGet('/echo/1/2', headers))
  const seen = JSON.parse(chunkedBody(body)) as Echo

  expect(seen.url).toBe('http://localhost/echo/1/2')
  expect(seen.headers['x-forwarded-for']).toBeUndefined()
})

test('listens on IPv4 and, where there is one, on the IPv6 loopback', async () => {
  expect((await sendRaw(host.port, rawGet('/logs'), '127.0.0.1')).status).toBe(200)
  const overIpv6 = await sendRaw(host.port, rawGet('/logs'), '::1').catch((error: unknown) => error)
  if (overIpv6 instanceof Error) {
    expect(overIpv6).toMatchObject({ code: expect.stringMatching(/EADDRNOTAVAIL|EAFNOSUPPORT/) })
  } else {
    expect(overIpv6).toMatchObject({ status: 200 })
  }
})

test('needs no key store for ?code= locally', async () => {
  expect((await echo('/echo/1/2?code=anything')).query).toEqual({ code: 'anything' })
})

/** The only chunk of a short body. */
function chunkedBody(body: string): string {
  return body.split('\r\n')[1] ?? ''
}
