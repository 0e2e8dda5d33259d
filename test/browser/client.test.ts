import { afterAll, describe, expect, vi } from 'vitest'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { known, openApp, serveApp, shows, signInHere } from '../support/client-page.ts'
import { httpAnswer, startRecorderUpstream, unauthorized } from '../support/recorder-upstream.ts'
import type { Stack } from '../support/stack.ts'

// Twenty pages on a busy machine take their time.
vi.setConfig({ testTimeout: 120_000 })

const recorder = await startRecorderUpstream()
afterAll(() => recorder.stop())

const test = browserStackTest({
  settings: {
    SESSION_IDLE_MINUTES: '1440',
    SESSION_ABSOLUTE_HOURS: '1',
    UPSTREAMS: JSON.stringify({
      demo: { url: recorder.origin, scopes: ['api://entra-bff-demo/access_as_user'] },
    }),
  },
})

test.beforeEach(async ({ context, stack }) => {
  recorder.reset()
  await stack.moveClock(0)
  stack.storage.rules.clear()
  await context.unrouteAll()
  await serveApp(context, stack)
})

/** How many sign-ins reached the provider. */
const signIns = async (stack: Stack): Promise<number> =>
  (await stack.admin.requests({ grant_type: 'authorization_code' })).length

const callApi = `globalThis.answer = bff.fetch('/api/demo/x').then((r) => r.json())`

describe('one tab', () => {
  test('signs in, keeps its place with the fragment, calls an API and signs out', async ({
    context,
    stack,
  }) => {
    const page = await openApp(context, stack, '/app/inbox?unread=1#third')
    expect(await page.evaluate('bff.state')).toMatchObject({ status: 'anonymous' })
    await signInHere(page, stack)
    expect(page.url()).toBe(stack.url('/app/inbox?unread=1#third'))
    expect(
      await page.evaluate('[bff.user.username, bff.hasRole("Admin"), bff.hasRole("x")]'),
    ).toEqual(['ada@contoso.test', true, false])
    expect(await page.evaluate(`bff.fetch('/api/demo/x').then((r) => r.json())`)).toEqual({
      ok: true,
    })
    await page.evaluate(`void bff.logout({ returnTo: '/auth/session' })`)
    // The way back is a redirect of the server, which no route of this test's browser serves.
    await page.waitForURL(stack.url('/auth/session'))
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('session')
  })

  test('a call without a session goes and signs in; a POST and typed input stay', async ({
    context,
    stack,
  }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    await context.clearCookies({ name: /^session-/ })
    const post = `bff.fetch('/api/demo/x', { method: 'POST' }).catch((e) => [e.code, e.status, e.loginUrl])`
    expect(await page.evaluate(post)).toEqual([
      'session_expired',
      401,
      `${stack.url('/auth/login')}?returnTo=${encodeURIComponent(page.url())}`,
    ])
    expect(await page.evaluate('bff.state')).toEqual({
      status: 'anonymous',
      reason: 'session_expired',
    })
    await page.getByLabel('Note').fill('not lost')
    expect(await page.evaluate(`bff.fetch('/api/demo/x').catch((e) => e.code)`)).toBe(
      'session_expired',
    )
    expect(await page.getByLabel('Note').inputValue()).toBe('not lost')
    await page.reload()
    await known(page)
    await page.evaluate(`void bff.fetch('/api/demo/x')`)
    // The provider knows the browser, so it comes back by itself.
    await shows(page, 'authenticated')
  })

  test('other origins get neither header nor cookie', async ({ context, stack }) => {
    const page = await openApp(context, stack)
    let sent: Record<string, string> = {}
    await context.route('https://other.example/**', (route) => {
      sent = route.request().headers()
      return route.fulfill({ headers: { 'access-control-allow-origin': '*' }, body: 'other' })
    })
    expect(await page.evaluate(`bff.fetch('https://other.example/x').then((r) => r.text())`)).toBe(
      'other',
    )
    expect(Object.keys(sent)).not.toContain('x-csrf')
    expect(Object.keys(sent)).not.toContain('cookie')
  })

  test('a step-up that an API asks for is done, and the call repeated', async ({
    context,
    stack,
  }) => {
    await serveApp(context, stack, { script: `await bff.ready(); if (bff.user) ${callApi}` })
    const page = await openApp(context, stack, '/app#here')
    await signInHere(page, stack)
    await page.evaluate('answer')
    const claims = btoa('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}')
    recorder.answer(
      unauthorized(`Bearer realm="", error="insufficient_claims", claims="${claims}"`),
      httpAnswer(200, { 'content-type': 'application/json' }, '{"stronger":true}'),
    )
    await page.evaluate(`void bff.fetch('/api/demo/x')`)
    await page.waitForURL(`${stack.entra.origin}/**`)
    await page.getByRole('button', { name: /approve/i }).click()
    await page.waitForURL(stack.url('/app#here'))
    await expect
      .poll(() => page.evaluate('answer').catch(() => undefined))
      .toEqual({ stronger: true })
    expect(page.url()).toBe(stack.url('/app#here'))
  })

  test('a failed sign-in is told once, and leaves the address clean', async ({
    context,
    stack,
  }) => {
    const page = await openApp(context, stack, '/app?a=1&auth_error=access_blocked&cid=0af7#x')
    expect(page.url()).toBe(stack.url('/app?a=1#x'))
    expect(
      await page.evaluate(
        '[bff.state.status, bff.state.error.code, bff.state.error.correlationId]',
      ),
    ).toEqual(['anonymous', 'access_blocked', '0af7'])
    const silent = await openApp(context, stack, '/app?auth_error=login_required')
    expect(await silent.evaluate('[bff.state.status, bff.state.error]')).toEqual([
      'anonymous',
      undefined,
    ])
  })
})

describe('several tabs', () => {
  test('follow a sign-in and a sign-out', async ({ context, stack }) => {
    const [first, second] = [await openApp(context, stack), await openApp(context, stack)]
    await signInHere(first, stack)
    await shows(second, 'authenticated')
    expect(await second.evaluate('bff.user.username')).toBe('ada@contoso.test')
    await second.evaluate(`void bff.logout({ returnTo: '/auth/session' })`)
    await shows(first, 'anonymous')
  })

  test('twenty that wake at once make one sign-in, and each gets its answer', async ({
    context,
    stack,
  }) => {
    const first = await openApp(context, stack)
    await signInHere(first, stack)
    await first.evaluate('localStorage.clear()')
    await first.close()
    await serveApp(context, stack, { script: callApi, untouched: true })
    await context.clearCookies({ name: /^session-/ })
    await stack.admin.clearRequests()
    const pages = await Promise.all(Array.from({ length: 20 }, () => context.newPage()))
    await Promise.all(pages.map((page, index) => page.goto(stack.url(`/app/${index}`))))
    for (const page of pages)
      await expect
        .poll(() => page.evaluate('answer').catch(() => undefined), { timeout: 40_000 })
        .toEqual({ ok: true })
    expect(await signIns(stack)).toBe(1)
  }, 120_000)

  test('another user in another tab: the call is not made, and the state changes', async ({
    context,
    stack,
  }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    const other = await openApp(context, stack)
    await other.evaluate(`void bff.login({ prompt: 'select_account' })`)
    await other.waitForURL(`${stack.entra.origin}/**`)
    await other.getByRole('button', { name: 'Rita Reader' }).first().click()
    await shows(other, 'authenticated')
    let expected: string | null = null
    await context.route('**/api/demo/**', async (route) => {
      expected = await route.request().headerValue('x-expected-user')
      await route.fulfill({
        status: 409,
        contentType: 'application/problem+json',
        body: '{"code":"user_changed","status":409}',
      })
    })
    const ada = await page.evaluate('bff.user.id')
    expect(await page.evaluate(`bff.fetch('/api/demo/x').catch((e) => e.code)`)).toBe(
      'user_changed',
    )
    expect(expected).toBe(ada)
    expect(await page.evaluate('bff.user.username')).toBe('rita@contoso.test')
  })
})

describe('trouble', () => {
  test('offline signs nobody out, and once back all goes on', async ({ context, stack }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    await context.setOffline(true)
    expect(await page.evaluate('bff.refresh().catch((e) => e.code)')).toBe('unreachable')
    expect(await page.evaluate('bff.isAuthenticated')).toBe(true)
    await context.setOffline(false)
    expect(await page.evaluate('bff.refresh().then(({ status }) => status)')).toBe('authenticated')
  })

  test('starting without an answer stays undecided, says so, and asks again', async ({
    context,
    stack,
  }) => {
    await context.route('**/auth/session*', (route) => route.abort())
    const page = await context.newPage()
    await page.goto(stack.url('/app'))
    expect(await page.evaluate('bff.ready().then((s) => [s.status, s.error.code])')).toEqual([
      'loading',
      'unreachable',
    ])
    await context.unroute('**/auth/session*')
    await page.waitForFunction('bff.state.status === "anonymous"', undefined, { timeout: 20_000 })
  })

  test('the end of a session is announced, and noticed by asking the server', async ({
    context,
    stack,
  }) => {
    await serveApp(context, stack, { options: '{ warnSeconds: 30 }' })
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    expect(await page.evaluate('bff.state.expiresSoon')).toBe(false)
    const left = await page.evaluate(
      `fetch('/auth/session').then((r) => r.json()).then((s) => s.expiresIn)`,
    )
    await stack.advance(Number(left) - 6)
    await page.reload()
    await known(page)
    expect(await page.evaluate('bff.state.expiresSoon')).toBe(true)
    await page.waitForFunction('bff.state.status === "anonymous"', undefined, { timeout: 20_000 })
    expect(await page.evaluate('bff.state.reason')).toBe('session_expired')
  })

  test('Back to a page of somebody who has signed out shows nobody', async ({ context, stack }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    await page.goto('about:blank')
    const other = await openApp(context, stack)
    await other.evaluate(`void bff.logout({ returnTo: '/auth/session' })`)
    await shows(other, 'anonymous')
    await page.goBack()
    await shows(page, 'anonymous')
  })

  test('a session that never stays does not loop: the second automatic sign-in is refused', async ({
    context,
    stack,
  }) => {
    const first = await openApp(context, stack)
    await signInHere(first, stack)
    await first.evaluate('localStorage.clear()')
    await first.close()
    // What the server says to a browser that does not send its cookie.
    await context.route('**/auth/session*', (route) =>
      route.fulfill({ json: { authenticated: false, loginUrl: stack.url('/auth/login') } }),
    )
    await context.route('**/api/**', (route) =>
      route.fulfill({
        status: 401,
        json: { code: 'session_expired', status: 401, loginUrl: stack.url('/auth/login') },
      }),
    )
    await serveApp(context, stack, { script: `void bff.fetch('/api/demo/x')`, untouched: true })
    await stack.admin.clearRequests()
    const page = await context.newPage()
    await page.goto(stack.url('/app'))
    await page.waitForFunction('globalThis.bff?.state.error?.code === "login_loop"', undefined, {
      timeout: 30_000,
    })
    expect(await signIns(stack)).toBe(1)
    await context.unroute('**/auth/session*')
  })

  test('a sign-out that storage refused is told and repeated', async ({ context, stack }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    let refused = 0
    await context.route('**/auth/logout', (route) => {
      if (refused++ > 0) return route.fallback()
      return route.fulfill({
        status: 503,
        headers: { 'retry-after': '1' },
        json: { code: 'storage_unavailable', status: 503 },
      })
    })
    await page.evaluate(`void bff.logout({ returnTo: '/auth/session' })`)
    await page.waitForFunction('globalThis.bff?.state.error?.code === "storage_unavailable"')
    expect(await page.evaluate('bff.isAuthenticated')).toBe(true)
    await expect.poll(() => refused).toBe(2)
    await page.waitForURL(/logout/)
    const session = await context.request.get(stack.url('/auth/session'))
    expect(await session.json()).toMatchObject({ authenticated: false })
  })

  test('an account that was disabled is noticed where its token has run out', async ({
    context,
    stack,
  }) => {
    const page = await openApp(context, stack)
    await signInHere(page, stack)
    await context.route('**/auth/session*', async (route) => {
      const response = await route.fetch()
      const view = (await response.json()) as object
      await route.fulfill({ response, json: { ...view, accessTokenExpiresIn: 0 } })
    })
    await stack.admin.fault({ on: 'token', error: { code: 50057 } })
    await page.reload()
    await known(page)
    expect(await page.evaluate('bff.state.status')).toBe('anonymous')
  })
})
