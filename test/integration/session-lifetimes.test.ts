import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import type { BrowserReply, HttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
  type SessionJson,
  sessionAt,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { countRows, emptyTables, rowsOf } from '../support/table-rows.ts'

const test = stackTest()

const minute = 60
const hour = 60 * minute

test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.admin.settings({ canary: 'CANARY' })
  await stack.admin.clearRequests()
  clearLines(stack)
})
test.afterEach(async ({ stack }) => {
  expectClosedLines(stack, ['CANARY'])
})

/** The SPA reads its session, which counts as use. */
async function use(stack: Stack, browser: HttpBrowser): Promise<SessionJson> {
  return (await callAt(stack, browser, 'GET /auth/session')).json()
}

function expectEnded(stack: Stack, reply: BrowserReply): void {
  expect(reply.status).toBe(200)
  expect(reply.json()).toEqual({
    authenticated: false,
    loginUrl: `${stack.origin}/auth/login`,
  })
  // A dead cookie harms nobody; clearing it could take a newer one along.
  expect(reply.setCookies).toEqual([])
}

describe('the idle end', () => {
  test('E-06 E-05 ends a session that is left alone, and its cookie is dead for ever', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.advance(59 * minute)
    expect(await isSignedIn(stack, browser)).toBe(true)
    await stack.advance(2 * minute)
    expectEnded(stack, await callAt(stack, browser, 'GET /auth/session'))
    expectProblem(await refreshAt(stack, browser), 401, 'session_expired')
    expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'idle' }])
    expect(await countRows(stack)).toMatchObject({ sessions: 0 })
    expect(await refreshRequests(stack)).toEqual([])
  })

  test('E-06 moves with use: by the SPA’s reading and by a refresh', async ({ stack }) => {
    const browser = await signIn(stack)
    for (let round = 0; round < 3; round++) {
      await stack.advance(50 * minute)
      expect((await use(stack, browser)).idleExpiresIn).toBeGreaterThan(hour - minute)
    }
    await stack.advance(50 * minute)
    const refreshed = (await refreshAt(stack, browser)).json<SessionJson>()
    expect(refreshed.idleExpiresIn).toBeGreaterThan(hour - minute)
    await stack.advance(59 * minute)
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test.for([
    [
      'slide=false',
      (stack: Stack, browser: HttpBrowser) =>
        callAt(stack, browser, 'GET /auth/session?slide=false'),
    ],
    [
      'the address bar',
      (stack: Stack, browser: HttpBrowser) => browser.navigate(stack.url('/auth/session')),
    ],
    [
      'a read without the header',
      (stack: Stack, browser: HttpBrowser) =>
        browser.send(stack.url('/auth/session'), { headers: { 'sec-fetch-site': 'same-origin' } }),
    ],
  ] as const)('E-06 does not move by %s', async ([_name, read], { stack }) => {
    const browser = await signIn(stack)
    await stack.advance(50 * minute)
    const reply = await read(stack, browser)
    expect(reply.json<SessionJson>().idleExpiresIn).toBeLessThanOrEqual(10 * minute)
    await stack.advance(11 * minute)
    expectEnded(stack, await read(stack, browser))
  })

  test('E-06 is written at most every 5 minutes', async ({ stack }) => {
    const browser = await signIn(stack)
    stack.storage.reset()
    for (let read = 0; read < 8; read++) {
      await stack.advance(20)
      await use(stack, browser)
    }
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 8 })
    await stack.advance(150)
    await use(stack, browser)
    await use(stack, browser)
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 10, 'PATCH sessions': 1 })
  })
})

describe('the absolute end', () => {
  test('E-06 D-11 comes however much a session is used and refreshed', async ({ stack }) => {
    const browser = await signIn(stack)
    const { expiresIn } = await sessionAt(stack, browser)
    expect(expiresIn).toBeGreaterThan(12 * hour - 10)
    expect(expiresIn).toBeLessThanOrEqual(12 * hour + 5 * minute)
    for (let passed = 0; passed < 12 * hour - 50 * minute; passed += 50 * minute) {
      await stack.advance(50 * minute)
      const reply = await refreshAt(stack, browser)
      expect(reply.status).toBe(200)
      const session = reply.json<SessionJson>()
      expect(session.expiresIn).toBeLessThan(expiresIn - passed)
      expect(session.idleExpiresIn).toBeLessThanOrEqual(session.expiresIn)
    }
    await stack.advance(50 * minute)
    expectEnded(stack, await callAt(stack, browser, 'GET /auth/session'))
    expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'absolute' }])
  })
})

describe('a session lasts no longer than its refresh token allows', () => {
  test('E-08 without one it ends with its access token, and a refresh tells the present state', async ({
    stack,
  }) => {
    await stack.admin.settings({ accessTokenLifetimeSeconds: 20 * minute })
    await stack.admin.fault('no_refresh_token')
    const browser = await signIn(stack)
    const session = await sessionAt(stack, browser)
    expect(session.expiresIn).toBe(session.accessTokenExpiresIn)
    expect(session.expiresIn).toBeLessThanOrEqual(20 * minute)
    const reply = await refreshAt(stack, browser)
    expect([reply.status, reply.json()['authenticated']]).toEqual([200, true])
    expect(await refreshRequests(stack)).toEqual([])
    await stack.advance(20 * minute)
    expectEnded(stack, await callAt(stack, browser, 'GET /auth/session'))
    await stack.admin.settings({ accessTokenLifetimeSeconds: undefined })
  })

  test('E-08 with one that ends sooner it ends with it; a new one moves that, an old one does not', async ({
    stack,
  }) => {
    await stack.admin.fault({ on: 'token', edit: { set: { refresh_token_expires_in: 1800 } } })
    const browser = await signIn(stack)
    expect((await sessionAt(stack, browser)).expiresIn).toBeLessThanOrEqual(1800)
    await stack.advance(10 * minute)
    await stack.admin.fault('no_refresh_token')
    expect((await refreshAt(stack, browser)).json<SessionJson>().expiresIn).toBeLessThanOrEqual(
      1200,
    )
    await stack.admin.fault({ on: 'token', edit: { set: { refresh_token_expires_in: 7200 } } })
    const moved = (await refreshAt(stack, browser)).json<SessionJson>()
    expect(moved.expiresIn).toBeGreaterThan(7100)
    expect(moved.expiresIn).toBeLessThanOrEqual(7200)
    await stack.advance(50 * minute)
    await use(stack, browser)
    await stack.advance(50 * minute)
    await use(stack, browser)
    await stack.advance(21 * minute)
    expectEnded(stack, await callAt(stack, browser, 'GET /auth/session'))
  })

  test('E-08 H-08 a session that a renewal made longer is still listed, and outlives the sweep', async ({
    stack,
  }) => {
    await stack.admin.fault({ on: 'token', edit: { set: { refresh_token_expires_in: 1800 } } })
    const browser = await signIn(stack)
    await refreshAt(stack, browser)
    for (let round = 0; round < 4; round++) {
      await stack.advance(50 * minute)
      await use(stack, browser)
    }
    await stack.hosts[0]!.runTimer('sweepExpired')
    expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
    const listed = await callAt(stack, browser, 'GET /auth/sessions')
    expect(listed.json()['sessions']).toMatchObject([{ current: true }])
  })
})

describe('the access token’s time', () => {
  test.for([
    [undefined, 300],
    [0, 0],
    [-1, 0],
    ['3599', 3599],
    [1799.9, 1799],
    [1e9, 28 * hour],
    ['soon', 300],
    [null, 300],
    [{}, 300],
  ] as const)('D-10 expires_in %j counts as %d seconds', async ([value, seconds], { stack }) => {
    const edit = value === undefined ? { remove: ['expires_in'] } : { set: { expires_in: value } }
    await stack.admin.fault({ on: 'token', edit })
    const browser = await signIn(stack)
    const atSignIn = (await sessionAt(stack, browser)).accessTokenExpiresIn
    expect(atSignIn).toBeLessThanOrEqual(seconds)
    expect(atSignIn).toBeGreaterThanOrEqual(Math.max(0, seconds - 60))
    await stack.admin.fault({ on: 'token', edit })
    const refreshed = (await refreshAt(stack, browser)).json<SessionJson>().accessTokenExpiresIn
    expect(refreshed).toBeLessThanOrEqual(seconds)
    expect(refreshed).toBeGreaterThanOrEqual(Math.max(0, seconds - 60))
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test('N-06 D-13 an opaque access token does, and nothing of the token answer is told', async ({
    stack,
  }) => {
    await stack.admin.settings({ opaqueAccessTokens: true })
    const browser = await signIn(stack)
    const reply = await refreshAt(stack, browser)
    expect(Object.keys(reply.json()).sort()).toEqual(
      'accessTokenExpiresIn authenticated expiresIn idleExpiresIn logoutUrl refreshed user'.split(
        ' ',
      ),
    )
    expect(Object.keys(reply.json<{ user: object }>().user).sort()).toEqual(
      'claims email id name roles tenantId username'.split(' '),
    )
    expect(reply.text).not.toMatch(/CANARY|:\d{10}/)
    await stack.admin.settings({ opaqueAccessTokens: false })
  })
})

describe('the ID token of a refresh', () => {
  test.for([
    'wrong_subject',
    'wrong_issuer',
    'wrong_audience',
    'wrong_nonce',
    'wrong_tenant',
    'alg_none',
    'alg_hs256',
    'wrong_signature',
  ])('D-09 %s drops the tokens and ends the session', async (preset, { stack }) => {
    const browser = await signIn(stack)
    await stack.admin.fault(preset)
    expectProblem(await refreshAt(stack, browser), 401, 'session_expired')
    expect(await isSignedIn(stack, browser)).toBe(false)
    expect(await rowsOf(stack, 'sessions')).toEqual([])
    expect(linesOf(stack, 'bff.session.refresh_failed')).toMatchObject([
      { reason: expect.stringMatching(/^(id_token_invalid|subject_mismatch)$/) },
    ])
  })

  test.for(['unknown_kid', 'jwks_down'])(
    'D-09 D-04 %s: not yet a wrong signature, so 503, and the rotated refresh token is kept',
    async (preset, { stack }) => {
      await stack.admin.settings({ refreshMode: 'strict' })
      const browser = await signIn(stack)
      if (preset === 'jwks_down') {
        await stack.advance(61)
        await stack.admin.fault('unknown_kid')
      }
      await stack.admin.fault(preset)
      expectProblem(await refreshAt(stack, browser), 503, 'identity_provider_unavailable')
      expect(await isSignedIn(stack, browser)).toBe(true)
      await stack.admin.clearFaults()
      await stack.advance(61)
      expect((await refreshAt(stack, browser)).status).toBe(200)
      await stack.admin.settings({ refreshMode: 'entra' })
    },
  )

  test('D-09 one that is left out changes nothing, one that is right renews what is shown', async ({
    stack,
  }) => {
    const browser = await signIn(stack, undefined, { user: 'nora@contoso.test' })
    await stack.admin.fault('no_id_token')
    expect((await refreshAt(stack, browser)).status).toBe(200)
    await stack.admin.changeUser('nora@contoso.test', { roles: ['Reader'] })
    const { user } = (await refreshAt(stack, browser)).json<{ user: { roles: string[] } }>()
    expect(user.roles).toEqual(['Reader'])
    expect((await sessionAt(stack, browser)).user).toEqual(user)
    await stack.admin.changeUser('nora@contoso.test', { roles: [] })
  })
})
