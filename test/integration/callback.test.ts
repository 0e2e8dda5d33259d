import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { expectArrival, expectErrorPage, expectLanding } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest()

test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(({ stack }) => stack.admin.clearRequests())

async function tokenRequests(stack: Stack): Promise<number> {
  return (await stack.admin.requests({ kind: 'token' })).length
}

/** Runs `act` and expects that it touches neither storage nor the token endpoint. */
async function withoutStorage(
  stack: Stack,
  act: () => Promise<BrowserReply>,
): Promise<BrowserReply> {
  stack.storage.reset()
  const reply = await act()
  expect(stack.storage.counts()).toEqual({})
  expect(await tokenRequests(stack)).toBe(0)
  expect(reply.setCookies).toEqual([])
  return reply
}

/** The same callback with other parameters; null removes one. */
function changed(url: URL, parameters: Record<string, string | null>): URL {
  const copy = new URL(url)
  for (const [name, value] of Object.entries(parameters))
    if (value === null) copy.searchParams.delete(name)
    else copy.searchParams.set(name, value)
  return copy
}

describe('a sign-in that ends well', () => {
  test('B-01 B-18 B-19 one token request, one cookie, and the page that leads to returnTo', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/orders%3Fa=1' })
    stack.storage.reset()
    const reply = await browser.navigate(callbackUrl)
    expectArrival(reply, `${stack.origin}/orders?a=1`)
    expect(reply.text).toContain(`href="${stack.origin}/orders?a=1"`)
    expect(reply.setCookies).toEqual([
      expect.stringMatching(
        /^session=v1\.[0-9a-f]{8}\.[0-9a-f]{2}\d{6}\.[\w-]{22}\.[\w-]{43}\.[\w-]{43}; max-age=\d+; path=\/; samesite=strict; httponly$/,
      ),
    ])
    expect(browser.cookies.get('session')).toHaveLength(131)
    expect(reply.headers).toMatchObject({
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
      ),
    })
    expect(reply.text).not.toMatch(/src=|@import|https?:\/\/(?!localhost)/)
    const [request, ...others] = await stack.admin.requests({ kind: 'token' })
    expect(others).toEqual([])
    expect(request!.parameters).toMatchObject({
      grant_type: 'authorization_code',
      redirect_uri: `${stack.origin}/auth/callback`,
      client_id: stack.entra.clientId,
      code_verifier: { length: 43 },
      client_secret: expect.any(Object),
    })
    expect(request!.headers['origin']).toBeUndefined()
  })

  test('one callback is one read, a Merge before and one after it, one insert, two index rows and a look at the user’s beside it', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.clearRequests()
    stack.storage.reset()
    await browser.navigate(callbackUrl)
    expect(stack.storage.counts()).toEqual({
      'GET signIns': 1,
      'PATCH signIns': 2,
      'POST sessions': 1,
      'PUT sessionIndex': 2,
      'GET sessionIndex': 1,
    })
    expect((await stack.admin.requests()).map(({ kind }) => kind)).toEqual(['token'])
  })

  test('B-14 B-23 further parameters mean nothing', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/orders' })
    const reply = await browser.navigate(
      changed(callbackUrl, {
        returnTo: 'https://evil.example/',
        client_info: 'eyJ1aWQiOiJ4In0',
        tenant: 'x',
        admin_consent: 'True',
        error_subcode: 'cancel',
        error_description: '<script>alert(1)</script>',
        error_uri: 'javascript:alert(1)',
        scope: 'x',
        foo: 'bar',
      }),
    )
    expectArrival(reply, `${stack.origin}/orders`)
    expect(reply.text).not.toMatch(/evil|alert/)
  })

  test('B-17 an identifier that was there before is never taken over, and the old session goes', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const old = browser.cookies.get('session')!
    const before = await countRows(stack)
    stack.storage.reset()
    await signIn(stack, browser)
    expect(stack.storage.counts()).toMatchObject({ 'GET signIns': 1, 'DELETE sessions': 1 })
    expect(stack.storage.counts()).not.toHaveProperty('GET sessions')
    expect(browser.cookies.get('session')).not.toBe(old)
    expect((await countRows(stack)).sessions).toBe(before.sessions)
    const replay = createHttpBrowser(new Map([['session', old]]))
    const reply = await replay.call('GET', stack.url('/auth/session'))
    expect(reply.json()).toMatchObject({ authenticated: false })
  })

  test('B-17 a planted session cookie is neither adopted nor fatal', async ({ stack }) => {
    const planted = `v1.00000000.00000000.${'A'.repeat(22)}.${'B'.repeat(43)}`
    for (const value of [planted, 'nonsense', 'x'.repeat(5000)]) {
      const browser = createHttpBrowser(new Map([['session', value]]))
      await signIn(stack, browser)
      expect(browser.cookies.get('session')).not.toContain('AAAA')
      expect(browser.cookies.get('session')).toHaveLength(131)
    }
  })

  test('E-15 another user in the same browser replaces the session as a whole', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await signIn(stack, browser, { user: 'rita@contoso.test' })
    const { user } = (await browser.call('GET', stack.url('/auth/session'))).json<{
      user: Record<string, unknown>
    }>()
    expect(user).toMatchObject({ username: 'rita@contoso.test', roles: ['Reader'] })
  })
})

describe('the response of the provider', () => {
  test('B-06 an error with a good state ends the login: its code is worth nothing afterwards', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const error = changed(callbackUrl, { code: null, error: 'access_denied' })
    expectErrorPage(await browser.navigate(error), 403, 'access_denied')
    expectErrorPage(await browser.navigate(callbackUrl), 403, 'access_denied')
    expect(await tokenRequests(stack)).toBe(0)
    expect(browser.cookies.has('session')).toBe(false)
  })

  test('B-13 nothing of an error is shown', async ({ stack }) => {
    for (const error of ['<script>alert(1)</script>', 'access_denied"><img src=x>', '']) {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const reply = await browser.navigate(
        changed(callbackUrl, {
          code: null,
          error: error || 'x',
          error_description: '"><img src=x onerror=alert(1)> AADSTS50105: <b>secret text</b>',
          error_uri: 'javascript:alert(1)',
        }),
      )
      expectErrorPage(reply, 400, 'login_failed')
      expect(reply.text).not.toMatch(/alert\(|<img|secret text|javascript:/)
      expect(JSON.stringify(reply.headers)).not.toMatch(/alert|javascript/)
    }
  })

  test('B-08 iss: right or absent passes, wrong or doubled does not', async ({ stack }) => {
    const right = `${stack.entra.origin}/${stack.entra.tenantId}/v2.0`
    for (const [iss, status] of [
      [right, 200],
      [null, 200],
      [`${right}/`, 400],
      [right.toUpperCase(), 400],
      ['https://evil.example/v2.0', 400],
      ['x', 400],
    ] as const) {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const reply = await browser.navigate(changed(callbackUrl, { iss }))
      expect([iss, reply.status]).toEqual([iss, status])
      if (status === 400) expectErrorPage(reply, 400, 'login_failed')
    }
    expect(await tokenRequests(stack)).toBe(2)
  })

  test('B-08 a provider that promises iss must send it', async ({ stack }) => {
    const set = { authorization_response_iss_parameter_supported: true }
    await stack.admin.fault({ on: 'discovery', edit: { set } }, null)
    await stack.restart()
    const browser = createHttpBrowser()
    const without = await startSignIn(stack, browser)
    expectErrorPage(await browser.navigate(without.callbackUrl), 400, 'login_failed')
    await stack.admin.settings({ sendIss: true })
    await signIn(stack, browser)
    await stack.admin.settings({ sendIss: false })
    await stack.admin.clearFaults()
    await stack.restart()
  })

  test('B-09 a code is one opaque value', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const code = 'a&client_id=evil&code_verifier=x+%=日本\u0000'
    const reply = await browser.navigate(changed(callbackUrl, { code }))
    expect(reply.setCookies).toEqual([])
    const [request] = await stack.admin.requests({ kind: 'token' })
    expect(request!.parameters).toMatchObject({
      client_id: stack.entra.clientId,
      code: { sha256: createHash('sha256').update(code).digest('hex') },
    })
  })

  test('a successful answer without a code', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    expectErrorPage(
      await browser.navigate(changed(callbackUrl, { code: null })),
      400,
      'login_failed',
    )
  })
})

describe('callbacks that come again or too late', () => {
  test('B-04 a login past its time causes no token request, swept or not', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.advance(601)
    expectErrorPage(await browser.navigate(callbackUrl), 400, 'login_expired')
    expect(await tokenRequests(stack)).toBe(0)
  })

  test('a login whose row is gone is over', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.advance(3 * 3600)
    await stack.hosts[0]!.runTimer('sweepExpired')
    expect(await rowsOf(stack, 'signIns')).toEqual([])
    expectErrorPage(await browser.navigate(callbackUrl), 400, 'login_expired')
  })

  test('B-03 B-21 a repeated callback is given its answer again, without a second token request', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/orders' })
    const lost = await browser.navigate(callbackUrl)
    const cookie = browser.cookies.get('session')
    browser.cookies.delete('session')
    await stack.advance(59)
    const again = await browser.navigate(callbackUrl)
    expectArrival(again, `${stack.origin}/orders`)
    expect(browser.cookies.get('session')).toBe(cookie)
    expect(again.text).toBe(lost.text)
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('B-21 not after a minute', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    await stack.advance(62)
    expectLanding(await browser.navigate(callbackUrl), `${stack.origin}/`)
    expect((await browser.call('GET', stack.url('/auth/session'))).json()).toMatchObject({
      authenticated: true,
    })
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('B-21 not after sign-out', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    await browser.call('POST', stack.url('/auth/logout'))
    await stack.advance(16)
    const rows = await countRows(stack)
    expectLanding(await browser.navigate(callbackUrl), `${stack.origin}/`)
    expect(browser.cookies.has('session')).toBe(false)
    expect(await countRows(stack)).toEqual(rows)
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('B-21 not in another browser', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    await stack.admin.clearRequests()
    const reply = await withoutStorage(stack, () => createHttpBrowser().navigate(callbackUrl))
    expectErrorPage(reply, 400, 'login_not_started')
  })

  test('B-21 not with another code, nor with an error: told so at once, by one read', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    const known = await rowsOf(stack, 'sessions')
    for (const parameters of [
      { code: 'another' },
      { code: callbackUrl.searchParams.get('code')!.slice(0, -1) },
      { code: null },
      { code: null, error: 'access_denied' },
    ]) {
      stack.storage.reset()
      const reply = await browser.navigate(changed(callbackUrl, parameters))
      expectLanding(reply, `${stack.origin}/`)
      expect(stack.storage.counts()).toEqual({ 'GET signIns': 1 })
    }
    expect(await rowsOf(stack, 'sessions')).toHaveLength(known.length)
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('E-12 J-04 a sealed login that was copied over another one of the same browser opens nothing', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const known = new Set((await rowsOf(stack, 'signIns')).map(({ rowKey }) => rowKey))
    const callbacks: URL[] = []
    for (const path of ['/first', '/second'])
      callbacks.push(
        (await startSignIn(stack, browser, { query: `?returnTo=${path}` })).callbackUrl,
      )
    const rows = (await rowsOf(stack, 'signIns')).filter(({ rowKey }) => !known.has(rowKey))
    expect(rows).toHaveLength(2)
    for (const [index, { partitionKey, rowKey }] of rows.entries())
      await tableOf(stack, 'signIns').updateEntity(
        { partitionKey: partitionKey!, rowKey: rowKey!, sealed: rows[1 - index]!['sealed'] },
        'Merge',
      )
    await stack.admin.clearRequests()
    for (const url of callbacks) expectErrorPage(await browser.navigate(url), 400, 'login_expired')
    expect(await tokenRequests(stack)).toBe(0)
  })

  test('E-09 what binds a login is no session, and the other way round', async ({ stack }) => {
    const browser = await signIn(stack)
    const { callbackUrl } = await startSignIn(stack, browser)
    const state = callbackUrl.searchParams.get('state')!
    const [session, binding] = [browser.cookies.get('session')!, browser.cookies.get('login')!]
    for (const value of [binding, state, `${session.slice(0, -44)}.${binding}`]) {
      const other = createHttpBrowser(new Map([['session', value]]))
      const reply = await other.call('GET', stack.url('/auth/session'))
      expect(reply.json()).toMatchObject({ authenticated: false })
    }
    const swapped = createHttpBrowser(new Map([['login', session.slice(-43)]]))
    expectErrorPage(await swapped.navigate(callbackUrl), 400, 'login_not_started')
    expectErrorPage(
      await browser.navigate(changed(callbackUrl, { state: session })),
      400,
      'login_not_started',
    )
  })
})
