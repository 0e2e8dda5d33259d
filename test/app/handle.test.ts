import { expect, test } from 'vitest'
import type { App, Endpoint } from '../../src/app/app.ts'
import { createFirstInMinute } from '../../src/app/first-in-minute.ts'
import { createHandler, createRefusingHandler } from '../../src/app/handle.ts'
import { BffError } from '../../src/base/errors.ts'
import { readSettings } from '../../src/settings/settings.ts'

const { settings } = readSettings({
  PUBLIC_URL: 'https://app.example.com',
  ALLOWED_ORIGINS: 'https://spa.example.com',
  ENTRA_TENANT_ID: 'organizations',
  ENTRA_ALLOWED_TENANTS: '*',
  ENTRA_CLIENT_ID: 'client',
  KEY_VAULT_URL: 'https://v.vault.azure.net',
  TABLES_ENDPOINT: 'https://a.table.core.windows.net',
})
const now = () => 1_800_000_000_000
const app = {
  settings: settings!,
  now,
  isFirstInMinute: createFirstInMinute(now),
} as unknown as App

function invocationOf(traceParent = '') {
  const lines: { level: string; line: Record<string, unknown> }[] = []
  const writer = (level: string) => (text: unknown) =>
    void lines.push({ level, line: JSON.parse(String(text)) as Record<string, unknown> })
  const invocation = {
    functionName: 'session',
    traceContext: { traceParent },
    log: writer('log'),
    warn: writer('warn'),
    error: writer('error'),
  }
  return { lines, invocation }
}

async function answer(
  endpoint: Endpoint,
  init: { method?: string; headers?: Record<string, string> } = {},
  traceParent = '',
) {
  const { lines, invocation } = invocationOf(traceParent)
  const handle = createHandler(app, () => {})
  const request = new Request('https://app.example.com/auth/session', init)
  const reply = await handle(endpoint, { methods: ['GET'], cors: 'json' })(request, invocation)
  return {
    reply,
    lines,
    body: reply.body === undefined ? undefined : JSON.parse(String(reply.body)),
  }
}

const fails =
  (error: unknown): Endpoint =>
  async () => {
    throw error
  }
const ok: Endpoint = async () => ({ status: 200, headers: {} })

test('the correlation id is the trace id of the invocation, else of the request', async () => {
  const invocationTrace = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const headerTrace = `00-${'c'.repeat(32)}-${'b'.repeat(16)}-00`
  const both = await answer(ok, { headers: { traceparent: headerTrace } }, invocationTrace)
  expect(both.reply.headers['x-correlation-id']).toBe('a'.repeat(32))
  const one = await answer(ok, { headers: { traceparent: headerTrace } })
  expect(one.reply.headers['x-correlation-id']).toBe('c'.repeat(32))
  for (const malformed of [
    '',
    'x',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `${headerTrace}\n`.trim() + 'x',
  ]) {
    const { reply } = await answer(ok, { headers: { traceparent: malformed } })
    expect(reply.headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(reply.headers['x-correlation-id']).not.toBe('c'.repeat(32))
  }
})

test('another method is 405 with Allow', async () => {
  const { reply, body } = await answer(ok, { method: 'DELETE' })
  expect([reply.status, reply.headers['allow'], body.code]).toEqual([
    405,
    'GET',
    'method_not_allowed',
  ])
})

test('a preflight is answered before the endpoint is asked (F-05)', async () => {
  const { reply } = await answer(fails(new Error('asked')), {
    method: 'OPTIONS',
    headers: { origin: 'https://spa.example.com' },
  })
  expect([reply.status, reply.headers['access-control-allow-origin']]).toEqual([
    204,
    'https://spa.example.com',
  ])
})

test('an unexpected error is a bare 500 whose line quotes nothing of it (O-10, M-03, M-04)', async () => {
  const { reply, body, lines } = await answer(fails(new TypeError('secret words')))
  expect([reply.status, body.code]).toEqual([500, 'server_error'])
  expect(JSON.stringify([reply, lines])).not.toContain('secret words')
  expect(lines).toMatchObject([
    {
      level: 'error',
      line: { event: 'bff.request.failed', error: 'TypeError', function: 'session' },
    },
  ])
})

test('a fault of a dependency is a warning, one of the configuration an error', async () => {
  const details = {
    dependency: { name: 'tables', operation: 'read', status: 503, durationMs: 9 },
  } as const
  const fault = await answer(fails(new BffError('storage_unavailable', '', details)))
  expect(fault.lines).toMatchObject([
    { level: 'warn', line: { event: 'bff.dependency.failed', dependency: 'tables', status: 503 } },
  ])
  expect(fault.reply.headers['retry-after']).toBe('5')
  const wrong = await answer(fails(new BffError('configuration_error', '')))
  expect(wrong.lines[0]?.level).toBe('error')
})

test('the same refusal is told once a minute', async () => {
  const handle = createHandler(app, () => {})(
    fails(new BffError('csrf_failed', '', { check: 'origin' })),
    {
      methods: ['GET'],
    },
  )
  const { lines, invocation } = invocationOf()
  for (let call = 0; call < 5; call++)
    await handle(new Request('https://app.example.com/'), invocation)
  expect(lines).toMatchObject([
    { level: 'warn', line: { event: 'bff.request.refused', code: 'csrf_failed', check: 'origin' } },
  ])
})

test('with wrong settings every function says so, and the mistakes are told once', async () => {
  const live: Endpoint = async () => ({ status: 503, headers: {}, body: '{"status":"fail"}' })
  const handle = createRefusingHandler(['PUBLIC_URL is missing'], [live])
  const { lines, invocation } = invocationOf()
  const request = new Request('https://app.example.com/auth/session')
  const first = await handle(ok)(request, invocation)
  const second = await handle(live)(request, invocation)
  expect(JSON.parse(String(first.body))).toMatchObject({ status: 503, code: 'configuration_error' })
  expect(second.body).toBe('{"status":"fail"}')
  expect(lines).toMatchObject([
    { level: 'error', line: { event: 'bff.settings.wrong', mistakes: ['PUBLIC_URL is missing'] } },
  ])
})

test('a query over 4 KB is refused before the endpoint is asked (L-02)', async () => {
  const handle = createHandler(app, () => {})(fails(new Error('asked')), { methods: ['GET'] })
  const url = `https://app.example.com/auth/session?x=${'a'.repeat(4095)}`
  const reply = await handle(new Request(url), invocationOf().invocation)
  expect(JSON.parse(String(reply.body))).toMatchObject({
    code: 'invalid_parameter',
    parameter: 'query',
  })
})

test('a code that only a sign-in page knows is a logged 500 elsewhere', async () => {
  const { body, lines } = await answer(fails(new BffError('login_failed', '')))
  expect(body.code).toBe('server_error')
  expect(lines).toMatchObject([{ line: { event: 'bff.request.failed', error: 'BffError' } }])
})
