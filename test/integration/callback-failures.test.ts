import { describe, expect } from 'vitest'
import type { Fault } from '../../dev/entra/faults.ts'
import { expectArrival, expectErrorPage } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { lastLogin } from '../support/spent-login.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type SignInOptions, type Stack, startSignIn } from '../support/stack.ts'
import { countRows } from '../support/table-rows.ts'

const test = stackTest()

let browser: HttpBrowser
test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  browser = createHttpBrowser()
  await stack.admin.clearRequests()
})

async function tokenRequests(stack: Stack): Promise<number> {
  return (await stack.admin.requests({ kind: 'token' })).length
}

/** A sign-in up to the answer of its callback. */
async function finish(stack: Stack, options: SignInOptions = {}): Promise<BrowserReply> {
  const { callbackUrl } = await startSignIn(stack, browser, options)
  return browser.navigate(callbackUrl)
}

/**
 * Expects the error page of `code`, B-20: no session, a spent login that names the code, an answer
 * of the same code to the same callback, and a next sign-in that works.
 */
async function expectFailure(
  stack: Stack,
  options: SignInOptions,
  [status, code]: readonly [number, string],
): Promise<BrowserReply> {
  const before = await countRows(stack)
  const { callbackUrl } = await startSignIn(stack, browser, options)
  const reply = await browser.navigate(callbackUrl)
  expectErrorPage(reply, status, code)
  expect(await lastLogin(stack)).toMatchObject({
    failure: code,
    sealed: expect.stringMatching(/^[\w-]{22}\.[\w-]{40,200}$/),
  })
  const requests = await tokenRequests(stack)
  expectErrorPage(await browser.navigate(callbackUrl), status, code)
  expect(await tokenRequests(stack)).toBe(requests)
  const { sessions, sessionIndex } = await countRows(stack)
  expect({ sessions, sessionIndex }).toEqual({
    sessions: before.sessions,
    sessionIndex: before.sessionIndex,
  })
  return reply
}

describe('B-20 errors of the authorization endpoint', () => {
  test.for([
    ['cancelled', 200, 'login_cancelled'],
    ['not_assigned', 403, 'access_denied'],
    ['device', 403, 'access_blocked'],
    ['login_required', 403, 'login_required'],
    ['mfa_required', 403, 'interaction_required'],
    ['consent_required', 403, 'consent_required'],
    ['admin_consent', 403, 'admin_consent_required'],
    ['password_reset', 200, 'password_reset_requested'],
    ['server_error', 503, 'identity_provider_unavailable'],
    ['unavailable', 503, 'identity_provider_unavailable'],
    ['invalid_scope', 503, 'configuration_error'],
    ['invalid_resource', 503, 'configuration_error'],
    ['unknown', 400, 'login_failed'],
    ['markup', 503, 'configuration_error'],
  ] as const)('%s', async ([fail, status, code], { stack }) => {
    const reply = await expectFailure(stack, { fail }, [status, code])
    expect(reply.text).not.toMatch(/alert\(|<script|forgotten|administrator has configured/)
    expect(await tokenRequests(stack)).toBe(0)
    await signIn(stack, browser)
  })

  test.for([
    ['state_changed', 'login_not_started'],
    ['state_missing', 'login_not_started'],
    ['code_missing', 'login_failed'],
    ['code_twice', 'login_failed'],
    ['wrong_iss', 'login_failed'],
  ] as const)('a response with %s', async ([spoil, code], { stack }) => {
    expectErrorPage(await finish(stack, { spoil }), 400, code)
    expect(await tokenRequests(stack)).toBe(0)
  })
})

describe('B-20 errors of the token endpoint', () => {
  test.for([
    [54005, 400, 'login_expired'],
    [70008, 400, 'login_expired'],
    [501481, 400, 'login_failed'],
    [700005, 503, 'configuration_error'],
    [7000222, 503, 'configuration_error'],
    [7000218, 503, 'configuration_error'],
    [700016, 503, 'configuration_error'],
    [90023, 503, 'configuration_error'],
    [50057, 403, 'access_denied'],
    [50034, 403, 'access_denied'],
    [50053, 403, 'access_blocked'],
    [90033, 503, 'identity_provider_unavailable'],
  ] as const)('AADSTS%i', async ([code, status, expected], { stack }) => {
    await stack.admin.fault({ on: 'token', error: { code } }, 2)
    const reply = await expectFailure(stack, {}, [status, expected])
    expect(reply.text).toContain(`AADSTS${code}`)
    await stack.admin.clearFaults()
    await signIn(stack, browser)
  })

  test.for<[string, NonNullable<Fault['error']>, number, string]>([
    ['consent', { code: 65001, suberror: 'consent_required' }, 403, 'consent_required'],
    ['claims', { code: 50076, claims: '{"a":1}' }, 403, 'interaction_required'],
    ['Conditional Access', { code: 53003, error: 'interaction_required' }, 403, 'access_blocked'],
    ['an unknown error', { code: 50000, error: 'the_unexpected' }, 400, 'login_failed'],
  ] as const)('%s', async ([, error, status, code], { stack }) => {
    const details = error.suberror === undefined ? error : { ...error, error: 'invalid_grant' }
    await stack.admin.fault({ on: 'token', error: details })
    await expectFailure(stack, {}, [status, code])
  })

  test.for([
    ['unavailable', '7'],
    ['throttled', '11'],
    ['drop', '5'],
    ['answer_lost', '5'],
    ['not_json', '5'],
    ['broken_json', '5'],
    ['huge', '5'],
    ['redirect', '5'],
  ] as const)(
    'D-14 L-06 %s is an outage: one request, and no loop',
    async ([preset, retryAfter], { stack }) => {
      await stack.admin.fault(preset)
      const reply = await expectFailure(stack, {}, [503, 'identity_provider_unavailable'])
      expect(reply.headers['retry-after']).toBe(retryAfter)
      expect(await tokenRequests(stack)).toBe(1)
      await signIn(stack, browser)
    },
  )

  test('L-04 a token endpoint that never answers is given up after 10 s', async ({ stack }) => {
    await stack.admin.fault('hang')
    const startedAt = performance.now()
    expectErrorPage(await finish(stack), 503, 'identity_provider_unavailable')
    expect(performance.now() - startedAt).toBeGreaterThan(9_000)
    expect(await tokenRequests(stack)).toBe(1)
  })
})

describe('B-15 token responses', () => {
  const edits: [string, NonNullable<Fault['edit']>][] = [
    ['no access token', { remove: ['access_token'] }],
    ['an access token that is no text', { set: { access_token: 7 } }],
    ['an empty access token', { set: { access_token: '' } }],
    ['no token type', { remove: ['token_type'] }],
    ['another token type', { set: { token_type: 'mac' } }],
    ['a token type that is no text', { set: { token_type: ['Bearer'] } }],
    ['no ID token', { remove: ['id_token'] }],
    ['an ID token that is no text', { set: { id_token: { a: 1 } } }],
    ['an ID token that is none', { set: { id_token: 'x.y.z' } }],
    ['an empty ID token', { set: { id_token: '' } }],
  ]
  test.for(edits)('%s is refused', async ([, edit], { stack }) => {
    await stack.admin.fault({ on: 'token', edit })
    await expectFailure(stack, {}, [400, 'login_failed'])
  })

  test.for([
    ['an array', '[]'],
    ['a text', '"tokens"'],
    ['null', 'null'],
    ['nothing', ''],
  ] as const)('%s in place of tokens is an outage', async ([, body], { stack }) => {
    await stack.admin.fault({ on: 'token', answer: { status: 200, body } })
    await expectFailure(stack, {}, [503, 'identity_provider_unavailable'])
  })

  const lifetimes: [string, NonNullable<Fault['edit']>, number][] = [
    ['lower case token type', { set: { token_type: 'bearer', expires_in: 3000 } }, 3000],
    ['no expires_in', { remove: ['expires_in'] }, 300],
    ['expires_in as text', { set: { expires_in: '1200' } }, 1200],
    ['a fraction', { set: { expires_in: 1200.7 } }, 1200],
    ['a huge expires_in', { set: { expires_in: 1e9 } }, 28 * 3600],
    ['a negative expires_in', { set: { expires_in: -5 } }, 0],
    ['no scope', { remove: ['scope'], set: { expires_in: 3000 } }, 3000],
  ]
  test.for(lifetimes)('D-10 %s is taken', async ([, edit, seconds], { stack }) => {
    await stack.admin.fault({ on: 'token', edit })
    expectArrival(await finish(stack), `${stack.origin}/`)
    const session = await browser.call('GET', stack.url('/auth/session'))
    const { accessTokenExpiresIn } = session.json<{ accessTokenExpiresIn: number }>()
    expect(accessTokenExpiresIn).toBeLessThanOrEqual(seconds)
    expect(accessTokenExpiresIn).toBeGreaterThanOrEqual(Math.max(0, seconds - 30))
  })

  test('E-08 without a refresh token the session ends with its access token', async ({ stack }) => {
    const edit = { remove: ['refresh_token'], set: { expires_in: 900 } }
    await stack.admin.fault({ on: 'token', edit })
    const reply = await finish(stack)
    const maxAge = Number(/max-age=(\d+)/.exec(reply.setCookies[0]!)?.[1])
    expect(maxAge).toBeGreaterThanOrEqual(900)
    await stack.advance(890)
    const read = (stack: Stack) => browser.call('GET', stack.url('/auth/session'))
    expect((await read(stack)).json()).toMatchObject({ authenticated: true })
    await stack.advance(11)
    expect((await read(stack)).json()).toMatchObject({ authenticated: false })
  })

  test('K-07 N-06 large and opaque tokens are kept; one too large is a failed sign-in', async ({
    stack,
  }) => {
    await stack.admin.settings({ opaqueAccessTokens: true, tokenPaddingKilobytes: 20 })
    await signIn(stack, browser)
    const read = await browser.call('GET', stack.url('/auth/session'))
    expect(read.json()).toMatchObject({ authenticated: true })
    await stack.admin.settings({ tokenPaddingKilobytes: 70 })
    expectErrorPage(await finish(stack), 400, 'login_failed')
    await stack.admin.settings({ opaqueAccessTokens: false, tokenPaddingKilobytes: 0 })
    await stack.admin.fault({
      on: 'token',
      edit: { set: { refresh_token: 'r'.repeat(200_000) } },
    })
    await signIn(stack, browser)
    await stack.admin.fault({ on: 'token', edit: { set: { refresh_token: 'r'.repeat(600_000) } } })
    expectErrorPage(await finish(stack), 503, 'identity_provider_unavailable')
  })
})

describe('a silent login', () => {
  test('that works arrives like any other', async ({ stack }) => {
    await signIn(stack, browser, { browser: 'silent' })
    const { callbackUrl } = await startSignIn(stack, browser, {
      query: '?prompt=none&returnTo=/orders',
      browser: 'silent',
    })
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/orders`)
  })

  test.for([
    ['login_required', 'login_required'],
    ['mfa_required', 'interaction_required'],
    ['consent_required', 'consent_required'],
  ] as const)(
    'I-07 that ends in %s goes back to returnTo, which is told so',
    async ([fail, code], { stack }) => {
      const { callbackUrl } = await startSignIn(stack, browser, {
        query: `?prompt=none&returnTo=${encodeURIComponent('/orders?x=1#top')}`,
        fail,
      })
      const reply = await browser.navigate(callbackUrl)
      expectArrival(reply, `${stack.origin}/orders?x=1&auth_error=${code}#top`)
      expect(reply.setCookies).toEqual([])
      expect(reply.text).not.toContain('Signed in')
      expect(await lastLogin(stack)).toMatchObject({ failure: code })
      expectErrorPage(await browser.navigate(callbackUrl), 403, code)
    },
  )

  test('leaves the session that the browser has', async ({ stack }) => {
    await signIn(stack, browser)
    const { callbackUrl } = await startSignIn(stack, browser, {
      query: '?prompt=none',
      fail: 'login_required',
    })
    await browser.navigate(callbackUrl)
    const read = await browser.call('GET', stack.url('/auth/session'))
    expect(read.json()).toMatchObject({ authenticated: true })
  })

  test('that fails otherwise is an error like any other', async ({ stack }) => {
    const { callbackUrl } = await startSignIn(stack, browser, {
      query: '?prompt=none',
      fail: 'server_error',
    })
    expectErrorPage(await browser.navigate(callbackUrl), 503, 'identity_provider_unavailable')
  })
})

describe('with ERROR_URL', () => {
  test.beforeAll(({ stack }) => stack.restart({ ERROR_URL: '/signed-out?from=auth#why' }))
  test.afterAll(({ stack }) => stack.restart())

  test('a failed sign-in goes there with its code and the correlation id', async ({ stack }) => {
    const reply = await finish(stack, { fail: 'cancelled' })
    expect(reply.status).toBe(303)
    const target = new URL(reply.headers['location']!)
    expect(`${target.origin}${target.pathname}${target.hash}`).toBe(
      `${stack.origin}/signed-out#why`,
    )
    expect(Object.fromEntries(target.searchParams)).toEqual({
      from: 'auth',
      auth_error: 'login_cancelled',
      cid: reply.headers['x-correlation-id'],
    })
    expect(reply.setCookies).toEqual([])
  })

  test('so does a callback that nobody started, and a login that cannot start', async ({
    stack,
  }) => {
    const foreign = await browser.navigate(stack.url('/auth/callback?code=x&state=y'))
    expect(foreign.headers['location']).toContain('auth_error=login_not_started')
    stack.storage.rules.add({ action: 'status', status: 503 })
    const login = await browser.navigate(stack.url('/auth/login'))
    stack.storage.rules.clear()
    expect(login.status).toBe(303)
    expect(login.headers['location']).toContain('auth_error=storage_unavailable')
  })

  test('what is no sign-in stays a problem', async ({ stack }) => {
    expect((await browser.send(stack.url('/auth/callback'), { method: 'PUT' })).status).toBe(405)
    const prefetch = await browser.navigate(stack.url('/auth/callback?state=x'), {
      headers: { 'sec-purpose': 'prefetch' },
    })
    expect(prefetch.status).toBe(403)
    expect((await browser.navigate(stack.url('/auth/login?returnTo=//evil'))).status).toBe(400)
  })
})

describe('the way back in', () => {
  /** Where the action of an error page leads: the path and its parameters. */
  function actionOf({ text }: BrowserReply): [string, Record<string, string>] {
    const href = /class="[\w ]+" href="([^"]+\/auth\/login[^"]*)"/.exec(text)?.[1] ?? ''
    const url = new URL(href.replaceAll('&#38;', '&'))
    return [url.pathname, Object.fromEntries(url.searchParams)]
  }

  test('leads to the returnTo of the sign-in that failed', async ({ stack }) => {
    const reply = await finish(stack, { query: '?returnTo=/orders%3Fpage=2', fail: 'cancelled' })
    expect(actionOf(reply)).toEqual(['/auth/login', { returnTo: `${stack.origin}/orders?page=2` }])
  })

  test('takes along the step-up and the prompt of a login that could not start', async ({
    stack,
  }) => {
    const step = 'x'.repeat(22)
    stack.storage.rules.add({ action: 'status', status: 503 })
    const query = `?returnTo=/a&prompt=login&login_hint=ada@contoso.test&step=${step}`
    const reply = await browser.navigate(stack.url(`/auth/login${query}`))
    stack.storage.rules.clear()
    expect(reply.status).toBe(503)
    expect(actionOf(reply)).toEqual([
      '/auth/login',
      { returnTo: `${stack.origin}/a`, prompt: 'login', step },
    ])
  })

  test('I-02 a returnTo that is long once it is encoded arrives, and signs nobody out', async ({
    stack,
  }) => {
    const path = `/${'日'.repeat(400)}`
    const query = `?returnTo=${encodeURIComponent(path)}`
    for (let times = 0; times < 2; times++) {
      const reply = await finish(stack, { query })
      expectArrival(reply, new URL(path, stack.origin).href)
    }
    const failed = await finish(stack, { query, fail: 'cancelled' })
    expectErrorPage(failed, 200, 'login_cancelled')
    // Encoded once more it would be longer than a query may be.
    expect(actionOf(failed)).toEqual(['/auth/login', {}])
  })
})

test('M-05 M-07 a failed sign-in is one line with code, reason and what the provider said', async ({
  stack,
}) => {
  const from = stack.hosts[0]!.logs.length
  await stack.admin.fault({ on: 'token', error: { code: 50057 } })
  const reply = await finish(stack)
  const lines = stack.hosts[0]!.logs.slice(from)
    .filter(({ message }) => message.startsWith('{'))
    .map(({ level, message }) => ({ level, ...(JSON.parse(message) as Record<string, unknown>) }))
  expect(lines.filter(({ level }) => level === 'warning')).toEqual([
    {
      level: 'warning',
      event: 'bff.login.failed',
      correlationId: reply.headers['x-correlation-id'],
      function: 'callback',
      code: 'access_denied',
      reason: 'identity_provider_error',
      idpError: 'invalid_grant',
      idpErrorCodes: [50057],
      idpTraceId: expect.any(String),
      idpCorrelationId: expect.any(String),
    },
  ])
})
