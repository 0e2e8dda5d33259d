import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { clientSecret } from '../../dev/entra/defaults.ts'
import { createHttpBrowser, receivedText } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, signIn, type Stack, startSignIn } from '../support/stack.ts'
import { dumpTables } from '../support/table-rows.ts'

const test = stackTest({ instances: 2 })

/** In every token and code of the emulator. */
const canary = `canary${randomBytes(8).toString('hex')}`

/** What must be nowhere but where it belongs: session cookies, bindings, states, codes, verifiers. */
interface Secrets {
  sessions: string[]
  bindings: string[]
  states: string[]
  codes: string[]
}

let tables: string
let logs: string
const secrets: Secrets = { sessions: [], bindings: [], states: [], codes: [] }

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ canary, opaqueAccessTokens: true })
  await runFlows(stack)
  await stack.admin.settings({ opaqueAccessTokens: false })
  await runFlows(stack)
  tables = await dumpTables(stack)
  logs = stack.hosts.flatMap((host) => host.logs.map(({ message }) => message)).join('\n')
})

/** Every flow, with and without success; sessions and logins are left behind. */
async function runFlows(stack: Stack): Promise<void> {
  const browser = createHttpBrowser()
  const started = await startSignIn(stack, browser, {
    query: '?returnTo=/orders&login_hint=ada@contoso.test',
  })
  note(started.callbackUrl, browser.cookies)
  await browser.navigate(started.callbackUrl)
  await browser.clone().navigate(atInstance(stack, started.callbackUrl, 1))
  note(started.callbackUrl, browser.cookies)
  await browser.call('GET', stack.url('/auth/session'))
  await browser.call('POST', stack.url('/auth/refresh'))
  await stack.advance(400)
  await browser.call('GET', stack.url('/auth/session'))
  await browser.call('GET', stack.url('/auth/sessions'))
  for (const fault of [
    'refresh_mfa',
    'unavailable',
    'not_json',
    'refresh_consent',
    'broken_json',
  ]) {
    await stack.admin.fault(fault)
    await browser.call('POST', stack.url('/auth/refresh'))
    await stack.advance(31)
  }
  for (const fault of [
    'wrong_nonce',
    'no_id_token',
    'invalid_client',
    'answer_lost',
    'wrong_signature',
  ]) {
    const failing = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, failing)
    note(callbackUrl, failing.cookies)
    await stack.admin.fault(fault)
    await failing.navigate(callbackUrl)
    await failing.navigate(callbackUrl)
    await stack.admin.clearFaults()
  }
  const pending = createHttpBrowser()
  note((await startSignIn(stack, pending)).callbackUrl, pending.cookies)
  await createHttpBrowser().navigate(started.callbackUrl)
  await failStorage(stack)
  const leaving = await signIn(stack)
  note(started.callbackUrl, leaving.cookies)
  await leaving.navigate(stack.url('/auth/logout'))
  const out = await leaving.call('POST', stack.url('/auth/logout'), { body: '{"returnTo":"/bye"}' })
  const { logoutUrl } = out.json<{ logoutUrl: string }>()
  expect(logoutUrl).not.toContain(canary)
  const state = new URL(logoutUrl).searchParams.get('state')!
  await leaving.navigate(stack.url(`/auth/logout/callback?state=${encodeURIComponent(state)}`))
  const revoked = await signIn(stack)
  note(started.callbackUrl, revoked.cookies)
  await stack.admin.fault('refresh_revoked')
  await revoked.call('POST', stack.url('/auth/refresh'))
}

/** Faults of storage are where messages of an SDK, with URLs, could get into a log. */
async function failStorage(stack: Stack): Promise<void> {
  const browser = await signIn(stack)
  const { callbackUrl } = await startSignIn(stack, browser)
  note(callbackUrl, browser.cookies)
  for (const action of ['status', 'garbage', 'reset'] as const) {
    stack.storage.rules.add({ action, ...(action === 'status' && { status: 500 }) })
    await browser.navigate(callbackUrl)
    await browser.call('GET', stack.url('/auth/session'))
    await browser.call('POST', stack.url('/auth/logout'))
    stack.storage.rules.clear()
  }
}

function note(callbackUrl: URL, cookies: ReadonlyMap<string, string>): void {
  secrets.states.push(callbackUrl.searchParams.get('state')!)
  secrets.codes.push(callbackUrl.searchParams.get('code')!)
  if (cookies.has('session')) secrets.sessions.push(cookies.get('session')!)
  if (cookies.has('login')) secrets.bindings.push(cookies.get('login')!)
}

/** A value as it might be written: as it is, its bytes in hex and base64, and all of that of its parts. */
function spellings(value: string, parts: readonly string[] = []): string[] {
  return [value, ...parts].flatMap((text) => {
    const bytes = [
      Buffer.from(text),
      ...(/^[\w-]{22,}$/.test(text) ? [Buffer.from(text, 'base64url')] : []),
    ]
    return [
      text,
      ...bytes.flatMap((each) => [
        each.toString('hex'),
        each.toString('base64').replace(/=+$/, ''),
        each.toString('base64url'),
      ]),
    ]
  })
}

/** Spellings of the canary that base64 can hide it in: one for each of the three alignments. */
function canarySpellings(): string[] {
  const aligned = [0, 1, 2].map((shift) => {
    const text = Buffer.from(`${'x'.repeat(shift)}${canary}`).toString('base64')
    return text.slice(shift === 0 ? 0 : 4, -4)
  })
  return [canary, Buffer.from(canary).toString('hex'), ...aligned]
}

function sessionSpellings(): string[] {
  return secrets.sessions.flatMap((cookie) => spellings(cookie, cookie.split('.').slice(3)))
}

function stateSpellings(): string[] {
  return secrets.states.flatMap((state) => spellings(state, state.split('.').slice(3)))
}

function expectAbsent(haystack: string, needles: readonly string[]): void {
  for (const needle of new Set(needles)) expect(haystack.includes(needle) ? needle : '').toBe('')
}

test('the flows left something to look through', () => {
  expect(tables.split('\n').length).toBeGreaterThan(20)
  expect(logs.split('\n').length).toBeGreaterThan(40)
  expect(receivedText.length).toBeGreaterThan(100)
  expect(secrets.sessions.length).toBeGreaterThan(5)
})

describe('D-02 J-09 the tables', () => {
  test('hold no token and no code', () => {
    expectAbsent(tables, [
      ...canarySpellings(),
      ...secrets.codes.flatMap((code) => spellings(code)),
    ])
  })

  test('hold no session id or secret, no binding and no state', () => {
    expectAbsent(tables, [
      ...sessionSpellings(),
      ...stateSpellings(),
      ...secrets.bindings.flatMap((binding) => spellings(binding)),
    ])
  })

  test('hold nobody by name, address, object id, sid or returnTo, nor a nonce', async ({
    stack,
  }) => {
    const sessions = await (await fetch(`${stack.entra.origin}/_admin/sessions`)).text()
    const known = JSON.parse(sessions) as { sessions: { sid: string; oid: string }[] }
    const nonces = (await stack.admin.requests({ kind: 'authorize' })).map(
      ({ parameters }) => parameters['nonce'] as string,
    )
    expect(known.sessions.length).toBeGreaterThan(0)
    expectAbsent(tables, [
      ...known.sessions.flatMap(({ sid, oid }) => [sid, oid]),
      ...nonces,
      'ada@contoso.test',
      'Ada Admin',
      'orders',
      stack.entra.tenantId,
    ])
  })
})

describe('M-04 the log', () => {
  test('holds no token, code, state, session, binding or secret', () => {
    expectAbsent(logs, [
      ...canarySpellings(),
      ...secrets.codes.flatMap((code) => spellings(code)),
      ...sessionSpellings(),
      ...stateSpellings(),
      ...secrets.bindings.flatMap((binding) => spellings(binding)),
      clientSecret,
    ])
  })

  test('holds no name, address, URL or text of the provider', () => {
    expect(logs).not.toMatch(/ada@|Ada Admin|https?:\/\/|AADSTS\d+:|Trace ID|PartitionKey|\?/)
  })

  test('is made of single lines of the closed list of events', () => {
    const lines = logs.split('\n').filter((line) => line.includes('bff.'))
    for (const line of lines)
      expect(JSON.parse(line)).toMatchObject({ event: expect.stringMatching(/^bff\./) })
    expect(logs.split('\n').filter((line) => !line.includes('bff.'))).toEqual([])
  })
})

describe('D-01 E-13 what the browsers received', () => {
  test('holds no token, code or secret', () => {
    const all = receivedText.join('\n')
    expectAbsent(all, [
      ...canarySpellings(),
      ...secrets.codes.flatMap((code) => spellings(code)),
      clientSecret,
    ])
  })

  test('holds a session or binding in Set-Cookie alone, and a state in the authorization request alone', () => {
    const withoutCookies = receivedText.map((text) =>
      text.startsWith('["') ? JSON.stringify(withoutSetCookie(JSON.parse(text) as string[])) : text,
    )
    expectAbsent(withoutCookies.join('\n'), [
      ...sessionSpellings(),
      ...secrets.bindings.flatMap((binding) => spellings(binding)),
    ])
    const elsewhere = withoutCookies.filter((text) => !text.includes('/oauth2/v2.0/authorize?'))
    expectAbsent(elsewhere.join('\n'), stateSpellings())
  })

  function withoutSetCookie(raw: readonly string[]): string[] {
    return raw.filter((_, index) => raw[index - (index % 2)]!.toLowerCase() !== 'set-cookie')
  }
})

describe('what goes out', () => {
  test('A-03 has tokens, codes and secrets in no URL: they travel in bodies', async ({ stack }) => {
    const requests = await stack.admin.requests()
    for (const { kind, method } of requests.filter(({ kind }) => kind === 'token'))
      expect([kind, method]).toEqual(['token', 'POST'])
    const paths = [
      ...requests.map(({ path }) => path),
      ...stack.storage.requests.map(({ path }) => decodeURIComponent(path)),
    ].join('\n')
    expectAbsent(paths, [
      ...canarySpellings(),
      ...secrets.codes,
      ...sessionSpellings(),
      ...stateSpellings(),
      clientSecret,
    ])
  })
})
