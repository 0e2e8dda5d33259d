import { describe, expect } from 'vitest'
import { expectArrival, expectErrorPage, expectLanding, expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { startStrictProvider, type StrictProvider } from '../support/oidc-provider.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, type Stack } from '../support/stack.ts'
import { countRows } from '../support/table-rows.ts'

let provider: StrictProvider

const test = stackTest({
  instances: 2,
  settings: async (origin) => {
    provider = await startStrictProvider(origin)
    return {
      ENTRA_AUTHORITY_HOST: provider.origin,
      ENTRA_TENANT_ID: provider.tenantId,
      ENTRA_CLIENT_ID: provider.clientId,
      ENTRA_CLIENT_SECRET: provider.clientSecret,
      ENTRA_SCOPES: 'openid profile email',
    }
  },
})

test.beforeEach(() => void provider.tokenRequests.splice(0))
test.afterAll(() => provider?.stop())

async function start(stack: Stack, browser: HttpBrowser, query = ''): Promise<URL> {
  const login = await browser.navigate(stack.url(`/auth/login${query}`))
  expect([login.status, login.text]).toEqual([302, ''])
  return provider.authorize(login.headers['location']!)
}

async function signIn(stack: Stack, query = ''): Promise<HttpBrowser> {
  const browser = createHttpBrowser()
  expect((await browser.navigate(await start(stack, browser, query))).status).toBe(200)
  return browser
}

const read = (stack: Stack, browser: HttpBrowser): Promise<BrowserReply> =>
  browser.call('GET', stack.url('/auth/session'))
const refresh = (stack: Stack, browser: HttpBrowser, index = 0): Promise<BrowserReply> =>
  browser.call('POST', stack.url('/auth/refresh', index), { headers: { origin: stack.origin } })

describe('with oidc-provider as the identity provider', () => {
  test('B-01 a person signs in with code, PKCE, nonce and iss', async ({ stack }) => {
    const browser = createHttpBrowser()
    const callbackUrl = await start(stack, browser, '?returnTo=/orders&login_hint=rita@strict.test')
    expect(callbackUrl.searchParams.get('iss')).toBe(`${provider.origin}/${provider.tenantId}/v2.0`)
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/orders`)
    expect((await read(stack, browser)).json()).toMatchObject({
      authenticated: true,
      user: {
        id: 'b1700000-8888-4888-8888-000000000008',
        tenantId: provider.tenantId,
        name: 'Rita Strict',
        username: 'rita@strict.test',
        email: 'rita@strict.test',
      },
    })
    expect(provider.tokenRequests).toEqual([{ grantType: 'authorization_code', status: 200 }])
  })

  test('B-08 a response whose iss was taken away or changed is refused', async ({ stack }) => {
    for (const iss of [undefined, 'https://evil.example']) {
      const browser = createHttpBrowser()
      const callbackUrl = await start(stack, browser)
      if (iss === undefined) callbackUrl.searchParams.delete('iss')
      else callbackUrl.searchParams.set('iss', iss)
      expectErrorPage(await browser.navigate(callbackUrl), 400, 'login_failed')
    }
    expect(provider.tokenRequests).toEqual([])
  })

  test('A-04 B-05 a code of another browser is refused before and at the provider', async ({
    stack,
  }) => {
    const [victim, attacker] = [createHttpBrowser(), createHttpBrowser()]
    const stolen = await start(stack, victim)
    expectErrorPage(await attacker.navigate(stolen), 400, 'login_not_started')
    const own = await start(stack, attacker)
    own.searchParams.set('code', stolen.searchParams.get('code')!)
    expectErrorPage(await attacker.navigate(own), 400, 'login_expired')
    expect(provider.tokenRequests).toEqual([{ grantType: 'authorization_code', status: 400 }])
    expect(attacker.cookies.has('session')).toBe(false)
  })

  test('B-10 B-21 ten identical callbacks on two instances: one token request, all arrive', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const callbackUrl = await start(stack, browser)
    const before = await countRows(stack)
    const windows = Array.from({ length: 10 }, () => browser.clone())
    const replies = await Promise.all(
      windows.map((window, index) => window.navigate(atInstance(stack, callbackUrl, index % 2))),
    )
    for (const reply of replies) expectArrival(reply, `${stack.origin}/`)
    expect(provider.tokenRequests).toHaveLength(1)
    expect((await countRows(stack)).sessions).toBe(before.sessions + 1)
    // A second redemption would have revoked the grant.
    expect((await refresh(stack, windows[3]!)).status).toBe(200)
  })

  test('D-04 D-05 refresh tokens rotate: parallel and repeated refreshes never use one twice', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    provider.tokenRequests.splice(0)
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, index) => refresh(stack, browser, index % 2)),
    )
    expect(replies.map(({ status }) => status)).toEqual(replies.map(() => 200))
    const parallel = provider.tokenRequests.length
    expect(parallel).toBeLessThanOrEqual(2)
    for (let round = 0; round < 3; round++) {
      await stack.advance(1)
      expect((await refresh(stack, browser, round % 2)).status).toBe(200)
    }
    expect(provider.tokenRequests.map(({ status }) => status)).toEqual(
      Array.from({ length: parallel + 3 }, () => 200),
    )
    expect((await read(stack, browser)).json()).toMatchObject({ authenticated: true })
  })

  test('H-01 H-03 a sign-out ends the session, names the way out, and is final', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const callbackUrl = await start(stack, browser)
    await browser.navigate(callbackUrl)
    const old = browser.clone()
    const out = await browser.call('POST', stack.url('/auth/logout'), {
      body: '{"returnTo":"/bye"}',
    })
    const logoutUrl = new URL(out.json<{ logoutUrl: string }>().logoutUrl)
    expect(`${logoutUrl.origin}${logoutUrl.pathname}`).toBe(
      `${provider.origin}/${provider.tenantId}/oauth2/v2.0/logout`,
    )
    const page = await createHttpBrowser().navigate(logoutUrl)
    expect([page.status, page.text]).toEqual([200, expect.stringContaining('logout')])
    const landing = await browser.navigate(
      stack.url(
        `/auth/logout/callback?state=${encodeURIComponent(logoutUrl.searchParams.get('state')!)}`,
      ),
    )
    expect(landing.headers['location']).toBe(`${stack.origin}/bye`)
    expectProblem(await refresh(stack, old), 401, 'session_expired')
    await stack.advance(16)
    expectLanding(await browser.navigate(callbackUrl), `${stack.origin}/`)
  })

  test('a silent login without a session at the provider goes back with login_required', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const callbackUrl = await start(stack, browser, '?prompt=none&returnTo=/orders')
    expect(callbackUrl.searchParams.get('error')).toBe('login_required')
    expectArrival(
      await browser.navigate(callbackUrl),
      `${stack.origin}/orders?auth_error=login_required`,
    )
  })
})
