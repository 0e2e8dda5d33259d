import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { sendRaw } from '../support/raw-http.ts'
import { stackTest } from '../support/stack-test.ts'
import { type Stack } from '../support/stack.ts'

const test = stackTest()

/** Every function of HTTP, the methods that it takes, and whether siblings may call it. */
const endpoints = [
  ['/auth/login', 'GET', false],
  ['/auth/callback', 'GET', false],
  ['/auth/session', 'GET', true],
  ['/auth/refresh', 'POST', true],
  ['/auth/logout', 'GET, POST', true],
  ['/auth/logout/callback', 'GET', false],
  ['/auth/logout/frontchannel', 'GET', false],
  ['/auth/sessions', 'GET', true],
  [`/auth/sessions/${'A'.repeat(43)}`, 'DELETE', true],
  ['/health/live', 'GET, HEAD', false],
  ['/health/ready', 'GET, HEAD', false],
] as const

function send(stack: Stack, method: string, path: string, headers: Record<string, string> = {}) {
  return createHttpBrowser().send(stack.url(path), { method, headers })
}

test.for(endpoints)(
  'M-01 A-09 %s answers 405 and Allow to every other method',
  async ([path, allow, cors], { stack }) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      if (allow.split(', ').includes(method)) continue
      const reply = await send(stack, method, path)
      if (method === 'OPTIONS' && cors) {
        expect([method, reply.status]).toEqual([method, 204])
        continue
      }
      expect([method, reply.status, reply.headers['allow']]).toEqual([method, 405, allow])
      if (method === 'HEAD') expect(reply.text).toBe('')
      else expectProblem(reply, 405, 'method_not_allowed')
    }
    const unlisted = await send(stack, 'PROPFIND', path)
    expect([unlisted.status, unlisted.text]).toEqual([404, ''])
  },
)

test.for(endpoints)(
  'M-01 %s has the common headers, whatever it answers',
  async ([path, allow], { stack }) => {
    const replies = [
      await send(stack, allow.split(', ').at(-1)!, path),
      await send(stack, 'PUT', path),
    ]
    for (const { headers } of replies) {
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        pragma: 'no-cache',
        'x-content-type-options': 'nosniff',
        'referrer-policy': expect.stringMatching(/^(no-referrer|same-origin)$/),
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cross-origin-resource-policy': 'same-origin',
        'x-correlation-id': expect.stringMatching(/^[0-9a-f]{32}$/),
      })
      expect(headers['content-security-policy']).toContain('frame-ancestors')
      if (!path.endsWith('frontchannel')) expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['strict-transport-security']).toBeUndefined()
    }
  },
)

test('the functions and the timer are the documented ones, matched without overlap', ({
  stack,
}) => {
  const { functions } = stack.hosts[0]!
  expect(functions.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'login',
      'callback',
      'session',
      'refresh',
      'logout',
      'logoutCallback',
      'healthLive',
      'healthReady',
    ]),
  )
  expect(new Set(functions.map(({ route }) => route)).size).toBe(functions.length)
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

describe('L-03 O-10 input that is broken is never a 500', () => {
  const bytes = (head: string) => `${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`

  test.for([
    'GET /auth/callback?code=%ff&state=%ff',
    'GET /auth/callback?code=%&state=%zz',
    'GET /auth/callback?state=%00',
    'GET /auth/callback?=&&&==',
    'GET /auth/callback?state[]=x&state[__proto__]=y&constructor=z',
    'GET /auth/login?returnTo=%ff',
    'GET /auth/login?returnTo=%ed%a0%80',
    'GET /auth/login?returnTo=%F0%9F%98%80',
    'GET /auth/login?prompt=%00',
    'GET /auth/login?step=%00',
    'GET /auth/logout?returnTo=%ff',
    'GET /auth/logout/callback?state=v1.%00.%00.%00',
    'GET /auth/logout/frontchannel?sid=%ff&iss=%ff',
    'GET /auth/session?slide=%ff',
    'GET /auth/sessions/%ff',
    'DELETE /auth/sessions/%2e%2e%2fx',
    "DELETE /auth/sessions/x'%20or%201%20eq%201",
  ])('%s', async (target, { stack }) => {
    const port = stack.hosts[0]!.port
    const reply = await sendRaw(port, bytes(`${target} HTTP/1.1`))
    expect(reply.status).toBeGreaterThan(0)
    expect(reply.status).toBeLessThan(500)
  })

  test.for([
    ['cookies of percent signs', 'cookie', 'session=%ff; login=%'],
    ['cookies of separators', 'cookie', ';;;=;,=,session'],
    ['a long cookie', 'cookie', 'session=v1.00000000.00000000.'.padEnd(3000, 'A')],
    ['cookies of prototypes', 'cookie', '__proto__=x; constructor=y; session'],
    ['addresses of commas', 'x-forwarded-for', '"[::1]:x", , ,'],
    ['a long address', 'x-forwarded-for', `${'1'.repeat(3000)}:::`],
    ['a principal', 'x-ms-client-principal', 'nonsense'],
    ['an origin that is none', 'origin', '%01'],
    ['a long site', 'sec-fetch-site', 'x'.repeat(2000)],
  ] as const)('O-01 %s', async ([, name, value], { stack }) => {
    for (const path of ['/auth/login', '/auth/session', '/auth/callback?code=a&state=b']) {
      const reply = await send(stack, 'GET', path, { [name]: value })
      expect([path, reply.status < 500]).toEqual([path, true])
    }
  })
})

describe('health', () => {
  const ready = (stack: Stack): Promise<BrowserReply> => send(stack, 'GET', '/health/ready')
  const pass = { status: 'pass' }
  const healthy = {
    status: 'pass',
    checks: { settings: pass, tables: pass, credential: pass, sessionKey: pass, discovery: pass },
  }

  test('live and ready say so, HEAD without a body', async ({ stack }) => {
    const live = await send(stack, 'GET', '/health/live')
    expect([live.status, live.json()]).toEqual([200, pass])
    const reply = await ready(stack)
    expect([reply.status, reply.json()]).toEqual([200, healthy])
    for (const path of ['/health/live', '/health/ready']) {
      const head = await send(stack, 'HEAD', path)
      expect([head.status, head.text]).toEqual([200, ''])
    }
  })

  test('ready asks at most every 5 s', async ({ stack }) => {
    await stack.advance(6)
    await ready(stack)
    stack.storage.reset()
    stack.vault.resetCalls()
    await Promise.all([ready(stack), ready(stack), ready(stack)])
    expect(stack.storage.counts()).toEqual({})
    await stack.advance(6)
    await ready(stack)
    expect(stack.storage.counts()).toEqual({
      'GET logins': 1,
      'GET sessions': 1,
      'GET sessionIndex': 1,
    })
  })

  const outages: [string, (stack: Stack) => unknown, Record<string, unknown>][] = [
    [
      'storage refusing',
      (stack) => stack.storage.rules.add({ action: 'status', status: 403 }),
      { tables: 'storage_unavailable' },
    ],
    [
      'storage hanging',
      (stack) => stack.storage.rules.add({ action: 'hang' }),
      { tables: 'storage_unavailable' },
    ],
    [
      'the vault down',
      (stack) => stack.vault.setFault({ kind: 'down' }),
      { credential: 'vault_unavailable', sessionKey: 'vault_unavailable' },
    ],
    [
      'the vault forbidding',
      (stack) => stack.vault.setFault({ kind: 'forbidden' }),
      { credential: 'configuration_error', sessionKey: 'configuration_error' },
    ],
    [
      'the vault hanging',
      (stack) => stack.vault.setFault({ kind: 'hang' }),
      { credential: 'vault_unavailable', sessionKey: 'vault_unavailable' },
    ],
    [
      'the provider failing',
      (stack) => stack.admin.fault('discovery_down', null),
      { discovery: 'identity_provider_unavailable' },
    ],
    [
      'the provider hanging',
      (stack) => stack.admin.fault('discovery_hang', null),
      { discovery: 'identity_provider_unavailable' },
    ],
    [
      'another issuer',
      (stack) => stack.admin.fault('discovery_wrong_issuer', null),
      { discovery: 'configuration_error' },
    ],
  ]
  test.for(outages)(
    'ready names %s, without hosts or texts, and heals',
    async ([, fail, codes], { stack }) => {
      await fail(stack)
      await stack.restart()
      const reply = await ready(stack)
      const failed = Object.fromEntries(
        Object.entries(codes).map(([name, code]) => [name, { status: 'fail', code }]),
      )
      expect([reply.status, reply.json()]).toEqual([
        503,
        { status: 'fail', checks: { ...healthy.checks, ...failed } },
      ])
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
      expect((await send(stack, 'GET', '/health/live')).status).toBe(200)
      stack.storage.rules.clear()
      stack.vault.setFault(undefined)
      await stack.admin.clearFaults()
      // A call that hangs is shared by all until its own time is up.
      const again = async () => {
        await stack.advance(6)
        return (await ready(stack)).json()
      }
      await expect.poll(again, { timeout: 20_000 }).toEqual(healthy)
    },
  )
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

  test.for(endpoints.filter(([path]) => !path.startsWith('/health')))(
    '%s answers 503 configuration_error',
    async ([path], { stack }) => {
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
