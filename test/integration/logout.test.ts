import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { hostileReturnTo } from '../support/hostile-return-to.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest()

let browser: HttpBrowser
test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  browser = await signIn(stack)
})

function signOut(stack: Stack, body?: object, who = browser): Promise<BrowserReply> {
  return who.call('POST', stack.url('/auth/logout'), {
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function isSignedIn(stack: Stack, who = browser): Promise<unknown> {
  return (await who.call('GET', stack.url('/auth/session'))).json()['authenticated']
}

const expiredCookie = ['session=; max-age=0; path=/; samesite=strict; httponly']

describe('POST /auth/logout', () => {
  test('H-01 H-03 E-04 E-05 H-07 ends the session, expires the cookie and names the way out', async ({
    stack,
  }) => {
    const old = browser.clone()
    stack.storage.reset()
    const reply = await signOut(stack)
    expect(reply.status).toBe(200)
    expect(reply.setCookies).toEqual(expiredCookie)
    expect(stack.storage.counts()).toEqual({
      'GET sessions': 1,
      'DELETE sessions': 1,
      'DELETE sessionIndex': 2,
    })
    expect(Object.keys(reply.json())).toEqual(['logoutUrl'])
    const url = new URL(reply.json<{ logoutUrl: string }>().logoutUrl)
    expect(`${url.origin}${url.pathname}`).toBe(
      `${stack.entra.origin}/${stack.entra.tenantId}/oauth2/v2.0/logout`,
    )
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: stack.entra.clientId,
      post_logout_redirect_uri: `${stack.origin}/auth/logout/callback`,
      logout_hint: expect.stringMatching(/^O\./),
      state: expect.any(String),
    })
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
    expect(await isSignedIn(stack, old)).toBe(false)
    expectProblem(await old.call('POST', stack.url('/auth/refresh')), 401, 'session_expired')
  })

  test('H-02 without a session, twice, and with nonsense for a cookie', async ({ stack }) => {
    await signOut(stack)
    for (const cookie of [undefined, 'nonsense', '', `v1.00000000.00000000.${'A'.repeat(66)}`]) {
      const who = createHttpBrowser(new Map(cookie === undefined ? [] : [['session', cookie]]))
      const reply = await signOut(stack, undefined, who)
      expect([reply.status, reply.setCookies]).toEqual([200, expiredCookie])
      expect(
        new URL(reply.json<{ logoutUrl: string }>().logoutUrl).searchParams.has('logout_hint'),
      ).toBe(false)
    }
  })

  test('H-04 I-08 a returnTo that leaves the app ends nothing', async ({ stack }) => {
    for (const returnTo of hostileReturnTo) {
      const reply = await signOut(stack, { returnTo })
      expect([returnTo, reply.status]).toEqual([returnTo, 400])
      expectProblem(reply, 400, 'invalid_return_to')
      expect(reply.setCookies).toEqual([])
    }
    expect(await isSignedIn(stack)).toBe(true)
  })

  test.for([
    ['an array', '[]', 400],
    ['null', 'null', 400],
    ['no JSON', '{', 400],
    ['a text', '"x"', 400],
    ['a number for returnTo', '{"returnTo":5}', 400],
    ['a list for returnTo', '{"returnTo":["/a"]}', 400],
    ['a text for everywhere', '{"everywhere":"yes"}', 400],
    ['a number for everywhere', '{"everywhere":1}', 400],
    ['5,000 characters', `{"pad":"${'x'.repeat(5000)}"}`, 413],
  ] as const)('a body of %s ends nothing', async ([, body, status], { stack }) => {
    const reply = await browser.call('POST', stack.url('/auth/logout'), { body })
    expectProblem(reply, status, status === 413 ? 'body_too_large' : 'invalid_parameter')
    expect(reply.setCookies).toEqual([])
    expect(await isSignedIn(stack)).toBe(true)
  })

  test('another kind of body ends nothing; unknown members and nulls do not matter', async ({
    stack,
  }) => {
    const text = await browser.call('POST', stack.url('/auth/logout'), {
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    })
    expectProblem(text, 400, 'invalid_parameter')
    const reply = await signOut(stack, { returnTo: null, everywhere: null, foo: 1 })
    expect(reply.status).toBe(200)
    expect(await isSignedIn(stack)).toBe(false)
  })

  test('H-07 everywhere ends every session of the user, and nobody else', async ({ stack }) => {
    const [phone, other] = [
      await signIn(stack),
      await signIn(stack, createHttpBrowser(), { user: 'rita@contoso.test' }),
    ]
    stack.storage.reset()
    expect((await signOut(stack, { everywhere: true })).status).toBe(200)
    expect(stack.storage.counts()).toMatchObject({ 'GET sessionIndex': 1, 'DELETE sessions': 2 })
    expect([
      await isSignedIn(stack),
      await isSignedIn(stack, phone),
      await isSignedIn(stack, other),
    ]).toEqual([false, false, true])
    expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
  })

  test('H-05 goes on while the provider is away, with the URL that is known, else null', async ({
    stack,
  }) => {
    await stack.admin.down()
    expect((await signOut(stack)).json()['logoutUrl']).toContain('/oauth2/v2.0/logout')
    await stack.admin.up()
    browser = await signIn(stack)
    await stack.admin.fault('discovery_down', null)
    await stack.restart()
    const reply = await signOut(stack)
    expect([reply.status, reply.json(), reply.setCookies]).toEqual([
      200,
      { logoutUrl: null },
      expiredCookie,
    ])
    expect((await countRows(stack)).sessions).toBe(0)
  })

  test.for(['status', 'reset', 'garbage'] as const)(
    'H-06 storage with %s ends nothing, and it can be tried again',
    async (action, { stack }) => {
      stack.storage.rules.add({ action, match: (method) => method !== 'GET' })
      const reply = await signOut(stack)
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      stack.storage.rules.clear()
      expect(browser.cookies.has('session')).toBe(true)
      expect((await signOut(stack)).status).toBe(200)
      expect(await countRows(stack)).toMatchObject({ sessions: 0 })
    },
  )

  test('H-06 a lost answer to the deletion is a sign-out all the same', async ({ stack }) => {
    stack.storage.rules.add({
      action: 'drop-after-apply',
      times: 1,
      match: (method, path) => method === 'DELETE' && path.includes('/sessions('),
    })
    expect((await signOut(stack)).status).toBe(200)
    expect(await isSignedIn(stack)).toBe(false)
  })

  test('H-11 a sign-out wins over a refresh that is under way', async ({ stack }) => {
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', delayMs: 1500 })
    const other = browser.clone()
    const refreshing = other.call('POST', stack.url('/auth/refresh'))
    await expect
      .poll(async () => (await stack.admin.requests({ grant_type: 'refresh_token' })).length, {
        timeout: 20_000,
      })
      .toBeGreaterThan(0)
    expect((await signOut(stack)).status).toBe(200)
    expectProblem(await refreshing, 401, 'session_expired')
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
    await stack.admin.clearRequests()
  })
})
