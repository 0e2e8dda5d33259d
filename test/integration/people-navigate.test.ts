import { describe, expect } from 'vitest'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'

const test = stackTest({ settings: { RATE_LIMIT_PER_MINUTE: '5', USER_CLAIMS: 'groups' } })

const asPerson = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
const person = createHttpBrowser()
let lastAddress = 0
/** Nobody has called from here before, so that no other test has used up the limit. */
const newAddress = () => ({ 'x-forwarded-for': `203.0.113.${++lastAddress}` })

function go(
  stack: Stack,
  path: string,
  request: Parameters<typeof person.navigate>[1] = {},
): Promise<BrowserReply> {
  return person.navigate(stack.url(path), {
    ...request,
    headers: { ...asPerson, ...newAddress(), ...request.headers },
  })
}

function expectPage(reply: BrowserReply, status: number, code: string): void {
  expect([reply.status, reply.headers['content-type']]).toEqual([
    status,
    'text/html; charset=utf-8',
  ])
  expect(reply.text).toContain(`<dd>${code}</dd>`)
  expect(reply.text).toContain('role="alert"')
  expect(reply.text).toContain(reply.headers['x-correlation-id'])
  expect(reply.headers['content-security-policy']).toContain("default-src 'none'")
}

describe('a person never sees JSON', () => {
  test('six quick logins behind one office address: the sixth is a page that says wait', async ({
    stack,
  }) => {
    const headers = newAddress()
    for (let login = 0; login < 5; login++)
      expect((await go(stack, '/auth/login', { headers })).status).toBe(302)
    const reply = await go(stack, '/auth/login?returnTo=/inbox', { headers })
    expectPage(reply, 429, 'too_many_requests')
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
    expect(reply.text).toContain(encodeURIComponent(`${stack.origin}/inbox`))
  })

  test.for([
    ['/auth/login?returnTo=https://evil.example/', 'GET', 400, 'invalid_return_to'],
    ['/auth/login?prompt=nonsense', 'GET', 400, 'invalid_parameter'],
    ['/auth/login?prompt=login&prompt=none', 'GET', 400, 'invalid_parameter'],
    ['/auth/login', 'POST', 405, 'method_not_allowed'],
    ['/auth/callback', 'PUT', 405, 'method_not_allowed'],
    ['/auth/logout?returnTo=//evil.example', 'GET', 400, 'invalid_return_to'],
    ['/auth/logout', 'DELETE', 405, 'method_not_allowed'],
    ['/auth/logout/callback', 'POST', 405, 'method_not_allowed'],
  ] as const)(
    '%s by %s is a page with status %i',
    async ([path, method, status, code], { stack }) => {
      const reply = await go(stack, path, { method })
      expectPage(reply, status, code)
      expect(reply.headers['allow'] === undefined).toBe(status !== 405)
      expect(reply.text).not.toContain('evil.example')
      const program = await person.navigate(stack.url(path), {
        method,
        headers: { accept: 'application/json', ...newAddress() },
      })
      expect(program.headers['content-type']).toBe('application/problem+json')
      expect([program.status, program.json()['code']]).toEqual([status, code])
    },
  )

  test('a login in a frame is refused by a page that a frame cannot show', async ({ stack }) => {
    const reply = await go(stack, '/auth/login', { headers: { 'sec-fetch-dest': 'iframe' } })
    expectPage(reply, 403, 'not_a_navigation')
    expect(reply.headers['x-frame-options']).toBe('DENY')
  })

  test('a foreign form on the sign-out is refused by a page, and ends nothing', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const reply = await browser.navigate(stack.url('/auth/logout'), {
      method: 'POST',
      body: 'returnTo=/',
      headers: {
        ...asPerson,
        'content-type': 'application/x-www-form-urlencoded',
        origin: 'https://evil.example',
        'sec-fetch-site': 'cross-site',
      },
    })
    expectPage(reply, 403, 'csrf_failed')
    const session = await browser.call('GET', stack.url('/auth/session'))
    expect(session.json()['authenticated']).toBe(true)
  })

  test('where ERROR_URL is set they go there, with the code', async ({ stack }) => {
    await stack.restart({ ERROR_URL: '/oops' })
    const reply = await go(stack, '/auth/login?prompt=nonsense')
    const url = new URL(reply.headers['location']!)
    expect([reply.status, url.pathname, url.searchParams.get('auth_error')]).toEqual([
      303,
      '/oops',
      'invalid_parameter',
    ])
    expect(url.searchParams.get('cid')).toBe(reply.headers['x-correlation-id'])
    const framed = await go(stack, '/auth/login', { headers: { 'sec-fetch-dest': 'iframe' } })
    expect(framed.status).toBe(403)
    await stack.restart()
  })

  test('an app whose settings are wrong says so in words', async ({ stack }) => {
    await stack.restart({ ENTRA_TENANT_ID: 'no tenant' })
    for (const path of ['/auth/login', '/auth/callback?code=a&state=b', '/auth/logout']) {
      const reply = await go(stack, path)
      expectPage(reply, 503, 'configuration_error')
    }
    const called = await person.call('GET', stack.url('/auth/session'))
    expect(called.json()['code']).toBe('configuration_error')
    await stack.restart()
  })
})

describe('what may come to login, callback and sign-out', () => {
  const comes = [
    ['navigate', 'document', true],
    ['navigate', 'empty', true],
    ['same-origin', 'empty', true],
    ['navigate', 'iframe', false],
    ['navigate', 'frame', false],
    ['navigate', 'object', false],
    ['navigate', 'embed', false],
    ['no-cors', 'image', false],
    ['cors', 'empty', false],
  ] as const
  test.for(
    ['/auth/login', '/auth/callback?code=a&state=b', '/auth/logout'].flatMap((path) =>
      comes.map(([mode, dest, allowed]) => [path, mode, dest, allowed] as const),
    ),
  )('%s by mode %s to %s: %s', async ([path, mode, dest, allowed], { stack }) => {
    const fetchMetadata = {
      'sec-fetch-mode': mode,
      'sec-fetch-dest': dest,
      'sec-fetch-site': 'same-origin',
    }
    const reply = await go(stack, path, { headers: fetchMetadata })
    expect(reply.status === 403).toBe(!allowed)
    for (const purpose of ['prefetch', 'prefetch;prerender']) {
      const headers = { ...fetchMetadata, 'sec-purpose': purpose }
      expect((await go(stack, path, { headers })).status).toBe(403)
    }
  })
})

describe('entered by another host name than PUBLIC_URL', () => {
  test('the login goes to the same one on PUBLIC_URL first, once', async ({ stack }) => {
    const headers = { host: 'www.example.com' }
    const reply = await go(stack, '/auth/login?returnTo=/inbox&prompt=login', { headers })
    const url = new URL(reply.headers['location']!)
    expect([reply.status, url.origin, url.pathname]).toEqual([302, stack.origin, '/auth/login'])
    expect(url.searchParams.get('returnTo')).toBe('/inbox')
    expect(url.searchParams.get('prompt')).toBe('login')
    expect(reply.setCookies).toEqual([])
    // A proxy that always sends its own name: the second time the sign-in begins.
    const again = await go(stack, `${url.pathname}${url.search}`, { headers })
    expect(new URL(again.headers['location']!).origin).toBe(stack.entra.origin)
  })

  test.for([
    [{ host: 'app.azurewebsites.net', 'x-forwarded-host': 'localhost' }],
    [{ host: 'app.azurewebsites.net', 'x-forwarded-host': 'localhost:443, inner.example' }],
    [{ host: 'localhost' }],
    [{ host: 'localhost:1' }],
  ] as const)('not with %j: that is the same host', async ([headers], { stack }) => {
    const reply = await go(stack, '/auth/login', { headers })
    expect(new URL(reply.headers['location']!).origin).toBe(stack.entra.origin)
  })

  test('no host of a request is ever a target', async ({ stack }) => {
    for (const headers of [
      { host: 'evil.example' },
      { 'x-forwarded-host': 'evil.example' },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    ]) {
      const reply = await go(stack, '/auth/login', { headers })
      expect(reply.headers['location']).not.toContain('evil.example')
    }
  })
})

describe('coming back from an administrator', () => {
  test.for([
    'admin_consent=True&tenant=11111111-1111-4111-8111-111111111111',
    'admin_consent=True&tenant=x&state=12345',
    'admin_consent=True&error=access_denied&error_description=AADSTS65004%20no',
    'admin_consent=maybe',
  ])('a neutral page offers to sign in: %s', async (query, { stack }) => {
    const reply = await go(stack, `/auth/callback?${query}`)
    expect([reply.status, reply.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(reply.text).toContain(`href="${stack.origin}/auth/login"`)
    expect(reply.text).not.toMatch(/AADSTS|granted|11111111/)
    expect(reply.setCookies).toEqual([])
  })

  test('the marker is believed in nothing: a code beside it is a sign-in as ever', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    callbackUrl.searchParams.set('admin_consent', 'True')
    const reply = await browser.navigate(callbackUrl)
    expect(reply.headers['refresh']).toBeDefined()
  })
})

describe('a sign-in that takes long', () => {
  test('the browser keeps what binds it, also where the phone has ended it meanwhile', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { login, callbackUrl } = await startSignIn(stack, browser)
    // A browser that was ended keeps only cookies with an age.
    expect(login.setCookies[0]).toMatch(/; max-age=600;/)
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
  })

  test('too long, the page offers to sign in again to the same place', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/inbox/7%23x' })
    await stack.advance(650)
    const reply = await browser.navigate(callbackUrl, { headers: asPerson })
    expectPage(reply, 400, 'login_expired')
    expect(reply.text).toContain(encodeURIComponent(`${stack.origin}/inbox/7#x`))
  })
})

describe('a step-up belongs to its user', () => {
  test('it is asked of them, and another account is told so and gets nothing', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.admin.fault({ on: 'token', error: { code: 50076 } })
    const refused = await browser.call('POST', stack.url('/auth/refresh'))
    const query = new URL(refused.json<{ loginUrl: string }>().loginUrl).search
    const { login, callbackUrl } = await startSignIn(stack, browser, {
      query: `${query}&returnTo=/ada`,
      user: 'rita@contoso.test',
    })
    expect(new URL(login.headers['location']!).searchParams.get('login_hint')).toBeTruthy()
    const reply = await browser.navigate(callbackUrl, { headers: asPerson })
    expectPage(reply, 403, 'user_changed')
    expect(reply.setCookies).toEqual([])
    const session = await browser.call('GET', stack.url('/auth/session'))
    expect(session.json()).toMatchObject({ user: { username: 'ada@contoso.test' } })
  })
})

test('more groups than a token can hold are told from none', async ({ stack }) => {
  const browser = await signIn(stack, createHttpBrowser(), { user: 'greta@contoso.test' })
  const session = await browser.call('GET', stack.url('/auth/session'))
  expect(session.json()).toMatchObject({ user: { claims: { groups: { overage: true } } } })
  const other = await signIn(stack)
  const none = await other.call('GET', stack.url('/auth/session'))
  expect(none.json<{ user: { claims: object } }>().user.claims).not.toHaveProperty('groups.overage')
})

test('expiresIn is never above SESSION_ABSOLUTE_HOURS', async ({ stack }) => {
  const browser = await signIn(stack)
  const session = await browser.call('GET', stack.url('/auth/session'))
  const { expiresIn } = session.json<{ expiresIn: number }>()
  expect(expiresIn).toBeLessThanOrEqual(12 * 3600)
  expect(expiresIn).toBeGreaterThan(12 * 3600 - 60)
})

test('a forced refresh says whether it was one', async ({ stack }) => {
  await stack.restart({ REFRESH_COOLDOWN_SECONDS: '30' })
  const browser = await signIn(stack)
  const refresh = () => browser.call('POST', stack.url('/auth/refresh'), { headers: newAddress() })
  expect((await refresh()).json()['refreshed']).toBe(true)
  expect((await refresh()).json()['refreshed']).toBe(false)
  await stack.restart()
})
