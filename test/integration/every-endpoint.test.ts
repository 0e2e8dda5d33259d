import { readFileSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { createHttpBrowser } from '../support/http-browser.ts'
import { methods, registeredFunctions } from '../support/registered-functions.ts'
import { stackTest } from '../support/stack-test.ts'
import type { Stack } from '../support/stack.ts'

const functions = await registeredFunctions()

const test = stackTest({
  settings: { UPSTREAMS: '{"demo":{"url":"http://127.0.0.1:1/","scopes":["api://demo/Read"]}}' },
})

function send(stack: Stack, method: string, path: string, headers: Record<string, string> = {}) {
  return createHttpBrowser().send(stack.url(path), { method, headers })
}

/** Methods that the README promises for a route, HEAD left out. */
function documentedMethods(route: string): string[] {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/`([A-Z]+) (\/[\w/{}.]+)`/g)]
  const named = rows.filter(([, , path]) => path === `/${route.replace('{*path}', '{path}')}`)
  return named.flatMap(([, method]) =>
    method === 'ANY' ? methods.filter((each) => !/HEAD|OPTIONS/.test(each)) : [method!],
  )
}

test.for(functions)(
  'M-01 A-09 $name answers 405 and Allow to every method but the documented ones',
  async ({ path, route }, { stack }) => {
    const allowed = new Set<string>(documentedMethods(route))
    expect(allowed.size).toBeGreaterThan(0)
    for (const method of methods) {
      const reply = await send(stack, method, path)
      if (method === 'HEAD') expect(reply.text).toBe('')
      if (method === 'OPTIONS' && reply.status === 204) continue
      if (method !== 'HEAD')
        expect([method, reply.status !== 405]).toEqual([method, allowed.has(method)])
      if (reply.status !== 405) continue
      const listed = reply.headers['allow']!.split(', ')
      expect(listed.filter((each) => each !== 'HEAD').toSorted()).toEqual([...allowed].toSorted())
      if (method !== 'HEAD') expectProblem(reply, 405, 'method_not_allowed')
    }
    const unlisted = await send(stack, 'PROPFIND', path)
    expect([unlisted.status, unlisted.text]).toEqual([404, ''])
  },
)

test.for(functions)(
  'M-01 M-02 $name has the common headers, whatever it answers',
  async ({ path }, { stack }) => {
    for (const method of methods) {
      const { headers, status } = await send(stack, method, path)
      const shown = `${method} ${status}`
      expect(headers, shown).toMatchObject({
        ...(path.endsWith('/client.js') && status === 200
          ? { 'cache-control': 'public, max-age=3600' }
          : { 'cache-control': 'no-store', pragma: 'no-cache' }),
        'x-content-type-options': 'nosniff',
        'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/),
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cross-origin-resource-policy': 'same-origin',
        'x-correlation-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      })
      expect(headers['content-security-policy'], shown).toContain('frame-ancestors')
      if (!path.endsWith('frontchannel')) expect(headers['x-frame-options'], shown).toBe('DENY')
      expect(headers['strict-transport-security'], shown).toBeUndefined()
    }
  },
)

test('no two functions take the same route', () => {
  expect(functions.length).toBeGreaterThan(10)
  expect(new Set(functions.map(({ route }) => route.toLowerCase())).size).toBe(functions.length)
})

test.for(['/AUTH/SESSION', '/Auth/Session/', '/auth/%73ession'])(
  'F-08 %s is the session endpoint',
  async (path, { stack }) => {
    const reply = await send(stack, 'GET', path, { 'x-csrf': '1' })
    expect(reply.json()).toMatchObject({ authenticated: false })
  },
)

test.for([
  '/',
  '/auth',
  '/auth/',
  '/auth/unknown',
  '/admin/functions/sweepExpired',
  '/.env',
  '/auth//login',
])('O-03 %s is nothing of ours', async (path, { stack }) => {
  const reply = await send(stack, 'POST', path)
  expect(reply.headers['x-correlation-id']).toBeUndefined()
  expect(reply.text).not.toContain('auth')
})

describe('correlation ids', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'

  test('are the trace id of the request where it has one', async ({ stack }) => {
    const traceparent = `00-${trace}-00f067aa0ba902b7-01`
    const reply = await send(stack, 'POST', '/auth/refresh', { traceparent })
    expect(reply.headers['x-correlation-id']).toBe(trace)
    expect(reply.json()).toMatchObject({ correlationId: trace })
  })

  test('are random where the request has none, or nonsense', async ({ stack }) => {
    const seen = new Set<string>()
    for (const traceparent of [
      undefined,
      '',
      trace,
      `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${trace}-00f067aa0ba902b7-01, 00-${trace}-00f067aa0ba902b7-01`,
      `00-${trace}<script>-00f067aa0ba902b7-01`,
    ]) {
      const reply = await send(
        stack,
        'GET',
        '/auth/session',
        traceparent === undefined ? {} : { traceparent },
      )
      const id = reply.headers['x-correlation-id']!
      expect(id).toMatch(/^[0-9a-f]{32}$/)
      expect(id).not.toBe(trace)
      seen.add(id)
    }
    expect(seen.size).toBe(7)
  })

  test('stand in every log line of their call', async ({ stack }) => {
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login'))
    const lines = stack.hosts[0]!.logs.filter(({ message }) => message.startsWith('{'))
    expect(JSON.parse(lines.at(-1)!.message)).toEqual({
      event: 'bff.login.started',
      correlationId: reply.headers['x-correlation-id'],
      function: 'login',
      silent: false,
      step: false,
    })
  })
})

describe('J-06 wrong settings', () => {
  const wrong = {
    PUBLIC_URL: 'http://app.example.com',
    ENTRA_CLIENT_ID: '',
    SESSION_IDLE_MINUTES: 'many',
    ALLOWED_ORIGINS: 'https://secret-value.example',
  }
  test.beforeAll(({ stack }) => stack.restart(wrong))
  test.afterAll(({ stack }) => stack.restart())

  test.for(functions.filter(({ name }) => !name.startsWith('health')))(
    '$name answers 503 configuration_error',
    async ({ path }, { stack }) => {
      for (const method of ['GET', 'POST', 'DELETE'])
        expectProblem(await send(stack, method, path), 503, 'configuration_error')
    },
  )

  test('health names every mistake at once, by name and rule, never by value', async ({
    stack,
  }) => {
    const live = await send(stack, 'GET', '/health/live')
    expect([live.status, live.json()]).toEqual([503, { status: 'fail' }])
    const reply = await send(stack, 'GET', '/health/ready')
    expect(reply.status).toBe(503)
    const { checks, status } = reply.json<{
      status: string
      checks: { settings: { code: string; mistakes: string[] } }
    }>()
    expect([status, checks.settings.code]).toEqual(['fail', 'configuration_error'])
    expect(checks.settings.mistakes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^PUBLIC_URL must/),
        'ENTRA_CLIENT_ID is missing',
        expect.stringMatching(/^SESSION_IDLE_MINUTES must/),
      ]),
    )
    expect(reply.text).not.toMatch(/app\.example\.com|many|secret-value/)
  })

  test('the log names them once, as an error', ({ stack }) => {
    const lines = stack.hosts[0]!.logs.filter(({ message }) =>
      message.includes('bff.settings.wrong'),
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]!.level).toBe('error')
    expect(lines[0]!.message).not.toContain('secret-value')
  })
})
