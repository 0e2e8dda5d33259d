import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type EventName, eventNames, type SessionEndReason } from '../../src/base/events.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import {
  type AuditLine,
  auditLines,
  callAt,
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  storageFault,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { emptyTables, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest()

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ canary: 'CANARY' })
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  clearLines(stack)
})

/** What no line may hold: tokens, and names and addresses of people. */
const unspoken = ['CANARY', 'contoso.test', 'Ada', 'AADSTS', 'eyJ']

function only(stack: Stack, event: EventName): AuditLine {
  const lines = linesOf(stack, event)
  expect(lines).toHaveLength(1)
  return lines[0]!
}

const id = expect.stringMatching(/^[0-9a-f]{32}$/)
const guid = expect.stringMatching(/^[0-9a-f-]{36}$/)
const short = expect.stringMatching(/^[\w-]{8}$/)
const number = expect.any(Number)

test('the life of a session leaves these lines, member by member', async ({ stack }) => {
  const browser = await signIn(stack)
  const refreshed = await refreshAt(stack, browser)
  await callAt(stack, browser, 'POST /auth/logout')
  const [started, succeeded, renewed, ended] = auditLines(stack)
  const user = { userId: guid, session: short }
  expect(started).toEqual({
    event: 'bff.login.started',
    correlationId: id,
    function: 'login',
    silent: false,
    step: false,
  })
  expect(succeeded).toEqual({
    event: 'bff.login.succeeded',
    correlationId: id,
    function: 'callback',
    ...user,
    tenantId: stack.entra.tenantId,
    durationMs: number,
    silent: false,
    repeated: false,
  })
  expect(renewed).toEqual({
    event: 'bff.session.refreshed',
    correlationId: refreshed.headers['x-correlation-id'],
    function: 'refresh',
    ...user,
  })
  expect(ended).toEqual({
    event: 'bff.session.ended',
    correlationId: id,
    function: 'logout',
    ...user,
    reason: 'logout',
  })
  expect(new Set([succeeded, renewed, ended].map((line) => line?.session)).size).toBe(1)
  expectClosedLines(stack, unspoken)
})

test('a failure tells what support needs, and nothing that the provider wrote', async ({
  stack,
}) => {
  const browser = createHttpBrowser()
  const { callbackUrl } = await startSignIn(stack, browser)
  await stack.admin.fault({ on: 'token', error: { code: 7000215 } })
  const page = await browser.navigate(callbackUrl)
  expect(only(stack, 'bff.login.failed')).toEqual({
    event: 'bff.login.failed',
    correlationId: page.headers['x-correlation-id'],
    function: 'callback',
    code: 'configuration_error',
    reason: 'identity_provider_error',
    idpError: 'invalid_client',
    idpErrorCodes: [7000215],
    idpTraceId: guid,
    idpCorrelationId: guid,
  })
  expect(only(stack, 'bff.dependency.failed')).toEqual({
    event: 'bff.dependency.failed',
    correlationId: page.headers['x-correlation-id'],
    function: 'callback',
    dependency: 'identity_provider',
    operation: 'token',
    status: 401,
    code: 'configuration_error',
    durationMs: number,
  })
  expect(stack.hosts[0]!.logs.find(({ message }) => message.includes('"bff.dep'))?.level).toBe(
    'error',
  )
  expectClosedLines(stack, unspoken)
})

test('the caller’s trace id is the correlation id of line and answer', async ({ stack }) => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const reply = await createHttpBrowser().navigate(stack.url('/auth/login'), {
    headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
  })
  expect(reply.headers['x-correlation-id']).toBe(trace)
  expect(only(stack, 'bff.login.started').correlationId).toBe(trace)
})

type Ending = (stack: Stack, browser: HttpBrowser, sid: string) => Promise<unknown>

/** Every way in which a session ends. */
const endings: Record<SessionEndReason, Ending> = {
  logout: (stack, browser) => callAt(stack, browser, 'POST /auth/logout'),
  everywhere: (stack, browser) =>
    callAt(stack, browser, 'POST /auth/logout', 0, { body: '{"everywhere":true}' }),
  front_channel: (stack, _browser, sid) =>
    createHttpBrowser().send(stack.url(`/auth/logout/frontchannel?sid=${sid}`)),
  listed: async (stack, browser) => {
    const another = await signIn(stack)
    const listed = await callAt(stack, another, 'GET /auth/sessions')
    const { sessions } = listed.json<{ sessions: { id: string; current: boolean }[] }>()
    const other = sessions.find(({ current }) => !current)!
    expect(await isSignedIn(stack, browser)).toBe(true)
    await callAt(stack, another, `DELETE /auth/sessions/${other.id}`)
  },
  replaced: (stack, browser) => signIn(stack, browser, { user: 'rita@contoso.test' }),
  idle: async (stack, browser) => {
    await stack.advance(3601)
    await isSignedIn(stack, browser)
  },
  absolute: async (stack, browser) => {
    const [row] = await rowsOf(stack, 'sessions')
    const change = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey!, exp: 1 }
    await tableOf(stack, 'sessions').updateEntity(change, 'Merge')
    await isSignedIn(stack, browser)
  },
  invalid_grant: async (stack, browser) => {
    await stack.admin.fault('refresh_revoked')
    await refreshAt(stack, browser)
  },
  too_many_sessions: async (stack) => {
    await stack.restart({ MAX_SESSIONS_PER_USER: '1' })
    await signIn(stack)
    await stack.restart()
  },
  tenant_not_allowed: async (stack, browser) => {
    await stack.restart({ ENTRA_ALLOWED_TENANTS: randomUUID() })
    await isSignedIn(stack, browser)
    await stack.restart()
  },
}

test.for(Object.entries(endings))(
  'a session that ends says why: %s',
  async ([reason, end], { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    await end(stack, browser, callbackUrl.searchParams.get('session_state')!)
    expect(only(stack, 'bff.session.ended').reason).toBe(reason)
    expectClosedLines(stack, unspoken)
  },
)

test('every event of the list is written by something', async ({ stack }) => {
  const browser = await signIn(stack)
  const forger = browser.clone()
  forger.cookies.set('session', `${browser.cookies.get('session')!.slice(0, -43)}${'A'.repeat(43)}`)
  await isSignedIn(stack, forger)
  await refreshAt(stack, browser)
  await stack.admin.fault({ on: 'token', error: { code: 50076 } })
  await refreshAt(stack, browser)
  await stack.advance(11)
  await stack.admin.fault('unavailable')
  await refreshAt(stack, browser)
  await createHttpBrowser().navigate(stack.url('/auth/callback?state=x&code=y'))
  await browser.send(stack.url('/auth/sessions'))
  storageFault(stack, ['GET', 'sessions'], { action: 'status', status: 500 })
  await callAt(stack, browser, 'GET /auth/session')
  stack.storage.rules.clear()
  stack.vault.setSecret('entra-client-secret', 'next')
  await stack.admin.secrets(['next'])
  const createdAt = new Date(Date.now() + 24 * 3600_000)
  stack.vault.setSecret('session-key', 'A'.repeat(43), { createdAt })
  await stack.advance(3700)
  await signIn(stack, browser)
  await stack.admin.fault('expired_id_token')
  await refreshAt(stack, browser)
  await callAt(stack, browser, 'POST /auth/logout')
  await stack.hosts[0]!.runTimer('sweepExpired')
  const broken = await stack.startInstance({ PUBLIC_URL: 'ftp://x' })
  await createHttpBrowser().send(`${broken.origin}/auth/session`)
  const written = new Set(auditLines(stack).map(({ event }) => event))
  // A fault of this program is none that a test could order.
  expect(eventNames.filter((name) => !written.has(name))).toEqual(['bff.request.failed'])
  expect(only(stack, 'bff.settings.wrong').mistakes).toEqual([
    expect.stringContaining('PUBLIC_URL'),
  ])
  expectClosedLines(stack, [...unspoken, 'ftp://x'])
})
