import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  clearLines,
  forgetInstance,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
  refreshTogether,
  type SessionJson,
  sessionAt,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, emptyTables, rowsOf } from '../support/table-rows.ts'

const test = stackTest({
  instances: 3,
  // So long that callers who come late on a slow machine are no further renewal.
  settings: { REFRESH_COOLDOWN_SECONDS: '300' },
})

test.beforeAll(async ({ stack }) => {
  for (const instance of [0, 1, 2]) await signIn(stack, undefined, { instance })
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.admin.settings({ refreshMode: 'strict', canary: 'CANARY' })
  await stack.admin.clearRequests()
  clearLines(stack)
})
test.afterEach(async ({ stack }) => {
  expectClosedLines(stack, ['CANARY'])
})

/** Every answer is the session with the new times, and all of them tell the same. */
function expectSameSession(replies: readonly BrowserReply[], username: string): void {
  expect(replies.map(({ status, text }) => (status === 200 ? 200 : text))).toEqual(
    replies.map(() => 200),
  )
  const sessions = replies.map((reply) => reply.json<SessionJson>())
  expect(new Set(sessions.map(({ user }) => user.username))).toEqual(new Set([username]))
  const times = sessions.map(({ accessTokenExpiresIn }) => accessTokenExpiresIn)
  // Seconds left, told a moment apart.
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(30)
  expect(Math.min(...times)).toBeGreaterThan(3500)
}

async function pastAccessToken(stack: Stack, browser: HttpBrowser): Promise<void> {
  // An hour and a half is what Entra gives at most; the idle end is sooner, so it is kept alive.
  await stack.advance(50 * 60)
  expect((await browser.call('GET', stack.url('/auth/session'))).status).toBe(200)
  await stack.advance(50 * 60)
  expect((await sessionAt(stack, browser)).accessTokenExpiresIn).toBe(0)
}

describe('many callers, one renewal', () => {
  test('D-05 fifty at three instances with an expired token: one token request, one answer', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await pastAccessToken(stack, browser)
    await stack.admin.clearRequests()
    const replies = await refreshTogether(stack, browser, 50)
    expectSameSession(replies, 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(1)
    const [row] = await rowsOf(stack, 'sessions')
    expect(row).toMatchObject({ generation: 2, leaseId: '', leaseUntil: 0 })
    expect(linesOf(stack, 'bff.session.refreshed')).toHaveLength(1)
  })

  test('D-04 D-05 burst after burst against strict rotation: no refresh token is used twice', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    for (const burst of [1, 2, 3, 4]) {
      await stack.advance(301)
      expectSameSession(await refreshTogether(stack, browser, 12), 'ada@contoso.test')
      expect(await refreshRequests(stack)).toHaveLength(burst)
    }
    const sent = (await refreshRequests(stack)).map(
      ({ parameters }) => (parameters['refresh_token'] as { sha256: string }).sha256,
    )
    expect(new Set(sent).size).toBe(4)
    expect(await isSignedIn(stack, browser, 1)).toBe(true)
  })

  test('D-05 a slow provider: those who wait get what the first one got', async ({ stack }) => {
    const browser = await signIn(stack)
    await stack.admin.fault({ on: 'token', delayMs: 1500 })
    expectSameSession(await refreshTogether(stack, browser, 15), 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(1)
  })

  test('E-15 three people at once at three instances: each is told of their own session', async ({
    stack,
  }) => {
    const people = ['ada@contoso.test', 'rita@contoso.test', 'nora@contoso.test']
    const browsers = await Promise.all(people.map((user) => signIn(stack, undefined, { user })))
    const replies = await Promise.all(
      browsers.map((browser) => refreshTogether(stack, browser, 12)),
    )
    for (const [index, user] of people.entries()) expectSameSession(replies[index]!, user)
    expect(await refreshRequests(stack)).toHaveLength(3)
  })

  test('D-11 reading, sliding and refreshing at once lose no rotated token', async ({ stack }) => {
    const browser = await signIn(stack)
    for (let round = 0; round < 3; round++) {
      await stack.advance(6 * 60)
      const slides = Array.from({ length: 9 }, (_, call) =>
        browser.clone().call('GET', stack.url('/auth/session', call % 3)),
      )
      const [refreshed, read] = await Promise.all([
        refreshTogether(stack, browser, 9),
        Promise.all(slides),
      ])
      expectSameSession(refreshed, 'ada@contoso.test')
      for (const reply of read) expect(reply.json()).toMatchObject({ authenticated: true })
    }
    expect(await refreshRequests(stack)).toHaveLength(3)
    expect((await refreshAt(stack, browser)).status).toBe(200)
  })

  test('D-12 a forced refresh sooner than the cool-down answers the present state', async ({
    stack,
  }) => {
    const cool = await stack.startInstance({ REFRESH_COOLDOWN_SECONDS: '30' })
    const browser = await signIn(stack)
    const ask = (stack: Stack) =>
      browser.call('POST', `${cool.origin}/auth/refresh`, {
        headers: { origin: stack.origin },
      })
    for (let call = 0; call < 20; call++) expectSameSession([await ask(stack)], 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(1)
    await stack.advance(31)
    expectSameSession([await ask(stack)], 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(2)
    await cool.stop()
    forgetInstance(stack, cool)
  })
})

describe('a provider that is away', () => {
  test('D-07 L-06 is asked once until it may be asked again, by whatever instance', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.admin.fault('unavailable')
    const replies = await refreshTogether(stack, browser, 20)
    for (const reply of replies) {
      expectProblem(reply, 503, 'identity_provider_unavailable')
      expect(Number(reply.headers['retry-after'])).toBeLessThanOrEqual(7)
      expect(reply.setCookies).toEqual([])
    }
    for (const instance of [0, 1, 2])
      expectProblem(await refreshAt(stack, browser, instance), 503, 'identity_provider_unavailable')
    expect(await refreshRequests(stack)).toHaveLength(1)
    expect(await isSignedIn(stack, browser)).toBe(true)
    await stack.advance(8)
    expectSameSession([await refreshAt(stack, browser, 1)], 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(2)
  })

  test('D-07 refuses connections: 503, and the session is there when it is back', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.admin.down()
    expectProblem(await refreshAt(stack, browser), 503, 'identity_provider_unavailable')
    await stack.admin.up()
    await stack.advance(6)
    expectSameSession([await refreshAt(stack, browser)], 'ada@contoso.test')
  })

  test('D-07 N-04 an answer that is lost costs Entra nothing: the old refresh token still works', async ({
    stack,
  }) => {
    await stack.admin.settings({ refreshMode: 'entra' })
    const browser = await signIn(stack)
    await stack.admin.fault('answer_lost')
    expectProblem(await refreshAt(stack, browser), 503, 'identity_provider_unavailable')
    await stack.advance(6)
    expectSameSession([await refreshAt(stack, browser)], 'ada@contoso.test')
  })
})

describe('an instance that dies while it renews', () => {
  test('D-05 the others say so until its lease ends, and then take over', async ({ stack }) => {
    await stack.admin.settings({ refreshMode: 'entra' })
    const browser = await signIn(stack)
    await stack.admin.fault({ on: 'token', hang: true })
    const doomed = await stack.startInstance()
    const died = expect(
      browser.clone().call('POST', `${doomed.origin}/auth/refresh`, {
        headers: { origin: stack.origin },
      }),
    ).rejects.toThrow()
    await expect.poll(() => refreshRequests(stack), { timeout: 20_000 }).toHaveLength(1)
    doomed.kill()
    await died
    forgetInstance(stack, doomed)

    const waiting = refreshTogether(stack, browser, 4)
    await expect.poll(() => readsOfSession(stack), { timeout: 20_000 }).toBeGreaterThan(8)
    await stack.advance(11)
    for (const reply of await waiting) {
      expectProblem(reply, 503, 'identity_provider_unavailable')
      const wait = Number(reply.headers['retry-after'])
      expect(wait).toBeGreaterThan(0)
      expect(wait).toBeLessThanOrEqual(19)
    }
    expect(await isSignedIn(stack, browser)).toBe(true)
    await stack.advance(20)
    expectSameSession(await refreshTogether(stack, browser, 6), 'ada@contoso.test')
    expect(await refreshRequests(stack)).toHaveLength(2)
  })

  test('D-06 a refusal that comes when another has renewed meanwhile ends nothing', async ({
    stack,
  }) => {
    await stack.admin.settings({ refreshMode: 'entra' })
    const browser = await signIn(stack)
    await stack.admin.fault({ on: 'token', delayMs: 2500, error: { code: 50173 } })
    const late = refreshAt(stack, browser.clone())
    await expect.poll(() => refreshRequests(stack), { timeout: 20_000 }).toHaveLength(1)
    await stack.advance(31)
    expectSameSession([await refreshAt(stack, browser, 1)], 'ada@contoso.test')
    const reply = await late
    expect([200, 503]).toContain(reply.status)
    expect(await isSignedIn(stack, browser, 2)).toBe(true)
    expect(await rowsOf(stack, 'sessions')).toMatchObject([{ generation: 2, leaseId: '' }])
  })

  function readsOfSession(stack: Stack): number {
    return stack.storage.counts()['GET sessions'] ?? 0
  }
})

describe('a sign-out while a renewal is under way', () => {
  const endings = {
    'sign-out': (stack: Stack, browser: HttpBrowser) =>
      callAt(stack, browser, 'POST /auth/logout', 1),
    'sign-out everywhere': (stack: Stack, browser: HttpBrowser) =>
      callAt(stack, browser, 'POST /auth/logout', 1, { body: '{"everywhere":true}' }),
    'front-channel sign-out': (stack: Stack, _browser: HttpBrowser, sid: string) =>
      createHttpBrowser().navigate(stack.url(`/auth/logout/frontchannel?sid=${sid}`, 1)),
  }

  test.for(Object.entries(endings))(
    'D-11 H-11 a %s wins: the row stays deleted',
    async ([_name, end], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      expect((await browser.navigate(callbackUrl)).status).toBe(200)
      await stack.admin.fault({ on: 'token', delayMs: 1500 })
      const refreshing = refreshTogether(stack, browser, 6)
      await expect.poll(() => refreshRequests(stack), { timeout: 20_000 }).toHaveLength(1)
      const sid = callbackUrl.searchParams.get('session_state')!
      expect((await end(stack, browser.clone(), sid)).status).toBe(200)
      for (const reply of await refreshing) expectProblem(reply, 401, 'session_expired')
      expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
      for (const instance of [0, 1, 2])
        expect(await isSignedIn(stack, browser, instance)).toBe(false)
    },
  )
})
