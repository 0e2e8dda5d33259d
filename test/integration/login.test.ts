import { describe, expect } from 'vitest'
import { expectErrorPage, expectProblem } from '../support/answers.ts'
import { hostileReturnTo } from '../support/hostile-return-to.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows } from '../support/table-rows.ts'

const test = stackTest()

test.beforeAll(async ({ stack }) => {
  await createHttpBrowser().navigate(stack.url('/auth/login'))
})

function loginUrl(stack: Stack, query: Record<string, string> = {}): string {
  return stack.url(`/auth/login?${new URLSearchParams(query).toString()}`)
}

async function authorizationUrl(
  stack: Stack,
  query: Record<string, string> = {},
  browser: HttpBrowser = createHttpBrowser(),
  headers: Record<string, string> = {},
): Promise<URL> {
  const reply = await browser.navigate(loginUrl(stack, query), { headers })
  expect([reply.status, reply.text]).toEqual([302, ''])
  return new URL(reply.headers['location']!)
}

/** Runs `act` and expects that it does not touch storage at all. */
async function withoutStorage<T>(stack: Stack, act: () => Promise<T>): Promise<T> {
  stack.storage.reset()
  const result = await act()
  expect(stack.storage.counts()).toEqual({})
  return result
}

describe('the authorization request', () => {
  test('A-01 goes to the discovered endpoint with exactly the parameters of the code flow', async ({
    stack,
  }) => {
    const url = await authorizationUrl(stack)
    expect(`${url.origin}${url.pathname}`).toBe(
      `${stack.entra.origin}/${stack.entra.tenantId}/oauth2/v2.0/authorize`,
    )
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      response_mode: 'query',
      client_id: stack.entra.clientId,
      redirect_uri: `${stack.origin}/auth/callback`,
      scope: 'openid profile email offline_access',
      state: expect.stringMatching(/^v1\.[0-9a-f]{8}\.[0-9a-f]{2}\d{7}\.[\w-]{43}\.[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect([...url.searchParams.keys()]).toHaveLength(9)
  })

  test('A-03 the verifier fits its own login at the provider, interleaved ones too', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const first = await startSignIn(stack, browser)
    const second = await startSignIn(stack, browser)
    await stack.admin.clearRequests()
    for (const { callbackUrl } of [second, first])
      expect((await browser.navigate(callbackUrl)).status).toBe(200)
    const requests = await stack.admin.requests({ kind: 'token' })
    expect(requests.map(({ outcome }) => outcome)).toEqual(['tokens issued', 'tokens issued'])
  })

  test.for(['discovery_plain_pkce', 'no_methods'])(
    'A-05 stays S256 with metadata of %s',
    async (fault, { stack }) => {
      await stack.admin.fault(
        fault === 'no_methods'
          ? { on: 'discovery', edit: { set: { code_challenge_methods_supported: [] } } }
          : fault,
        null,
      )
      await stack.restart()
      const { searchParams } = await authorizationUrl(stack)
      expect(searchParams.get('code_challenge_method')).toBe('S256')
    },
  )

  test('A-06 O-02 names the configured callback, whatever the request says of its host', async ({
    stack,
  }) => {
    const spoofed = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '444',
      'x-forwarded-prefix': '/evil',
      forwarded: 'host=evil.example;proto=https',
      'x-original-host': 'evil.example',
      'x-original-url': 'https://evil.example/auth/login',
      'x-arr-ssl': 'yes',
      'x-ms-client-principal': 'bm9uc2Vuc2U=',
    }
    for (const [name, value] of Object.entries(spoofed)) {
      // Entered by another host it goes to our own first, and only then to the provider.
      const { searchParams } = await authorizationUrl(
        stack,
        name === 'host' ? { own_host: '1' } : {},
        createHttpBrowser(),
        { [name]: value },
      )
      expect([name, searchParams.get('redirect_uri')]).toEqual([
        name,
        `${stack.origin}/auth/callback`,
      ])
    }
  })

  test('A-07 takes over only what is on the list, and never twice', async ({ stack }) => {
    const hostile = {
      client_id: 'x',
      redirect_uri: 'https://evil.example/',
      scope: 'Mail.ReadWrite',
      response_type: 'token',
      response_mode: 'fragment',
      claims: '{}',
      request: 'x.y.z',
      request_uri: 'https://evil.example/',
      nonce: '1',
      state: '1',
      code_challenge: 'x',
      code_challenge_method: 'plain',
      resource: 'https://graph.microsoft.com',
      max_age: '0',
      acr_values: 'c1',
      id_token_hint: 'x.y.z',
      login_hint: 'ada@contoso.test',
      domain_hint: 'contoso.test',
      ui_locales: 'de fr',
      prompt: 'login',
    }
    const { searchParams } = await authorizationUrl(stack, hostile)
    expect([...searchParams.keys()].sort()).toEqual(
      [
        'client_id',
        'code_challenge',
        'code_challenge_method',
        'domain_hint',
        'login_hint',
        'nonce',
        'prompt',
        'redirect_uri',
        'response_mode',
        'response_type',
        'scope',
        'state',
        'ui_locales',
      ].sort(),
    )
    for (const [name, value] of Object.entries(hostile).slice(0, 16))
      expect([name, searchParams.get(name)]).not.toEqual([name, value])
    expect(Object.fromEntries(searchParams)).toMatchObject({
      login_hint: 'ada@contoso.test',
      domain_hint: 'contoso.test',
      ui_locales: 'de fr',
      prompt: 'login',
    })
  })

  test.for(['login', 'select_account', 'consent', 'none'])(
    'A-07 prompt=%s goes on',
    async (prompt, { stack }) => {
      const { searchParams } = await authorizationUrl(stack, { prompt })
      expect(searchParams.get('prompt')).toBe(prompt)
    },
  )
})

describe('refusals, before anything is stored', () => {
  test.for([
    ['A-07 prompt=evil', 'prompt=evil', 'prompt'],
    ['A-07 prompt=LOGIN', 'prompt=LOGIN', 'prompt'],
    ['A-07 two prompts in one', 'prompt=login%20consent', 'prompt'],
    ['A-08 select_account with a hint', 'prompt=select_account&login_hint=a@b.test', 'prompt'],
    ['a doubled prompt', 'prompt=login&prompt=none', 'prompt'],
    ['a doubled returnTo', 'returnTo=/a&returnTo=/b', 'returnTo'],
    ['a doubled login_hint', 'login_hint=a&login_hint=b', 'login_hint'],
    ['a control character in login_hint', 'login_hint=a%00b', 'login_hint'],
    ['a line break in domain_hint', 'domain_hint=a%0d%0ab', 'domain_hint'],
    ['a long login_hint', `login_hint=${'a'.repeat(321)}`, 'login_hint'],
    ['a long domain_hint', `domain_hint=${'a'.repeat(254)}`, 'domain_hint'],
    ['a long ui_locales', `ui_locales=${'a'.repeat(101)}`, 'ui_locales'],
  ] as const)('%s is an invalid parameter, by name', async ([, query, parameter], { stack }) => {
    const reply = await withoutStorage(stack, () =>
      createHttpBrowser().navigate(stack.url(`/auth/login?${query}`)),
    )
    expectProblem(reply, 400, 'invalid_parameter')
    expect(reply.json()).toMatchObject({ parameter })
    expect(reply.setCookies).toEqual([])
  })

  test.for(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'A-09 %s is not allowed',
    async (method, { stack }) => {
      const reply = await withoutStorage(stack, () =>
        createHttpBrowser().send(loginUrl(stack), { method }),
      )
      expect([reply.status, reply.headers['allow']]).toEqual([405, 'GET'])
      expect(reply.setCookies).toEqual([])
      if (method !== 'HEAD') expectProblem(reply, 405, 'method_not_allowed')
    },
  )

  test.for([
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a fetch', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }],
    ['a same-origin fetch', { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' }],
    ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
    ['an object', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }],
    ['a script', { 'sec-fetch-dest': 'script' }],
    ['a websocket', { 'sec-fetch-mode': 'websocket' }],
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['a prerendering', { 'sec-purpose': 'prefetch;prerender' }],
    ['an old prefetch', { purpose: 'prefetch' }],
  ] as const)('A-10 N-12 %s is not a navigation', async ([, headers], { stack }) => {
    const reply = await withoutStorage(stack, () =>
      createHttpBrowser().send(loginUrl(stack), { headers }),
    )
    expectProblem(reply, 403, 'not_a_navigation')
    expect(reply.setCookies).toEqual([])
  })

  test('A-10 a browser without Fetch Metadata is let through', async ({ stack }) => {
    expect((await createHttpBrowser().send(loginUrl(stack))).status).toBe(302)
  })

  test('A-16 I-01 I-02 I-03 I-04 I-05 a returnTo that leaves the app is refused', async ({
    stack,
  }) => {
    await withoutStorage(stack, async () => {
      for (const returnTo of [
        ...hostileReturnTo,
        `${stack.origin}.evil.example/`,
        `${stack.origin.replace('http:', 'https:')}/`,
        'http://localhost:1/',
        `blob:${stack.origin}/x`,
        `${stack.origin}//evil.example`,
        `${stack.origin}/auth/logout`,
      ]) {
        const reply = await createHttpBrowser().navigate(loginUrl(stack, { returnTo }))
        expect([returnTo, reply.status]).toEqual([returnTo, 400])
        expectProblem(reply, 400, 'invalid_return_to')
        expect(reply.text).not.toContain('evil')
      }
    })
  })

  test('A-17 what the request brings is in no log line', async ({ stack }) => {
    const before = stack.hosts[0]!.logs.length
    const returnTo = 'https://evil.example/\r\n{"event":"bff.login.succeeded"}\u001b[31mfake'
    await createHttpBrowser().navigate(loginUrl(stack, { returnTo, login_hint: 'fake\nline' }))
    const lines = stack.hosts[0]!.logs.slice(before).map(({ message }) => message)
    expect(lines.join('\n')).not.toMatch(/fake|evil/)
    for (const line of lines) expect(line).not.toMatch(/[\r\n\p{Cc}]/u)
  })
})

describe('the answer', () => {
  test('A-12 E-01 E-02 M-02 M-06 is not stored, and binds the browser with one Lax cookie', async ({
    stack,
  }) => {
    const reply = await createHttpBrowser().navigate(loginUrl(stack))
    expect(reply.headers).toMatchObject({
      'cache-control': 'no-store',
      vary: 'Cookie, Sec-Fetch-Mode',
    })
    expect(reply.headers['etag'] ?? reply.headers['last-modified']).toBeUndefined()
    expect(reply.setCookies).toEqual([
      expect.stringMatching(/^login=[\w-]{43}; max-age=600; path=\/; samesite=lax; httponly$/),
    ])
  })

  test('a browser keeps its binding cookie; a value that is not ours is replaced', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    await browser.navigate(loginUrl(stack))
    const binding = browser.cookies.get('login')
    // Given again, so that it does not end before the sign-in.
    const [again] = (await browser.navigate(loginUrl(stack))).setCookies
    expect(again).toContain(`${binding}; max-age=600;`)
    browser.cookies.set('login', 'short')
    await browser.navigate(loginUrl(stack))
    expect(browser.cookies.get('login')).toMatch(/^[\w-]{43}$/)
    expect(browser.cookies.get('login')).not.toBe(binding)
  })

  test.for([
    ['/', '/'],
    ['/orders?a=1&a=2#top', '/orders?a=1&a=2#top'],
    ['/日本?q=é#x', '/%E6%97%A5%E6%9C%AC?q=%C3%A9#x'],
    ['/a/../b', '/b'],
    ['/auth/session', '/auth/session'],
    ['/auth/loginx', '/auth/loginx'],
    ['', '/'],
  ] as const)('I-06 I-07 returnTo %s ends at %s', async ([returnTo, expected], { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, {
      query: `?${new URLSearchParams({ returnTo }).toString()}`,
    })
    const arrival = await browser.navigate(callbackUrl)
    expect(arrival.headers['refresh']).toBe(`0; url=${stack.origin}${expected}`)
  })

  test('one login is one insert, and asks the provider nothing that is known', async ({
    stack,
  }) => {
    await authorizationUrl(stack)
    await stack.admin.clearRequests()
    stack.storage.reset()
    await authorizationUrl(stack)
    expect(stack.storage.counts()).toEqual({ 'POST signIns': 1 })
    expect(await stack.admin.requests()).toEqual([])
  })
})

describe('tabs and sessions of a browser', () => {
  test('A-11 a login that is never finished leaves the session as it is', async ({ stack }) => {
    const browser = await signIn(stack)
    const cookie = browser.cookies.get('session')
    const before = await countRows(stack)
    await browser.navigate(loginUrl(stack))
    await browser.navigate(loginUrl(stack, { prompt: 'login' }))
    expect(browser.cookies.get('session')).toBe(cookie)
    expect((await countRows(stack)).sessions).toBe(before.sessions)
    const reply = await browser.call('GET', stack.url('/auth/session'))
    expect(reply.json()).toMatchObject({ authenticated: true })
  })

  test('A-14 two tabs finish in reverse order', async ({ stack }) => {
    const browser = createHttpBrowser()
    const tabs = [
      await startSignIn(stack, browser, { query: '?returnTo=/first' }),
      await startSignIn(stack, browser, { query: '?returnTo=/second' }),
    ]
    const replies = []
    for (const { callbackUrl } of tabs.toReversed())
      replies.push(await browser.navigate(callbackUrl))
    expect(replies.map(({ headers }) => headers['refresh'])).toEqual([
      `0; url=${stack.origin}/second`,
      `0; url=${stack.origin}/first`,
    ])
  })

  test('A-02 A-14 200 logins of a browser differ in everything, and leave two small cookies', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const urls: URL[] = []
    for (let round = 0; round < 10; round++)
      urls.push(
        ...(await Promise.all(
          Array.from({ length: 20 }, () => authorizationUrl(stack, {}, browser)),
        )),
      )
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const values = urls.map((url) => url.searchParams.get(name)!)
      const random = values.map((value) => (name === 'state' ? value.split('.')[3]! : value))
      expect(new Set(random.map((value) => value.slice(0, 6))).size).toBe(200)
    }
    await signIn(stack, browser)
    const header = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    expect(header.length).toBeLessThan(200)
    expect([...browser.cookies.keys()].sort()).toEqual(['login', 'session'])
  })

  test('A-13 a login works to the end of its time, and not after it', async ({ stack }) => {
    const late = createHttpBrowser()
    const inTime = createHttpBrowser()
    const [tooLate, soon] = [await startSignIn(stack, late), await startSignIn(stack, inTime)]
    await stack.advance(9 * 60 + 30)
    expect((await inTime.navigate(soon.callbackUrl)).status).toBe(200)
    await stack.advance(60)
    expectErrorPage(await late.navigate(tooLate.callbackUrl), 400, 'login_expired')
  })
})

describe('A-15 discovery that cannot be used', () => {
  test.for([
    ['discovery_wrong_issuer', 'configuration_error'],
    ['discovery_http', 'configuration_error'],
    ['discovery_down', 'identity_provider_unavailable'],
    ['discovery_garbage', 'identity_provider_unavailable'],
  ] as const)('%s: %s, and the next one heals', async ([fault, code], { stack }) => {
    await stack.admin.fault(fault, null)
    await stack.restart()
    stack.storage.reset()
    const browser = createHttpBrowser()
    const reply = await browser.navigate(loginUrl(stack, { returnTo: '/orders' }))
    expectErrorPage(reply, 503, code)
    expect(reply.text).toContain(`${stack.origin}/auth/login?returnTo=`)
    expect(stack.storage.counts()['POST signIns']).toBeUndefined()
    await stack.admin.clearFaults()
    await signIn(stack, browser)
  })

  test('a provider that does not answer is given up after 5 s', async ({ stack }) => {
    await stack.admin.fault('discovery_hang', null)
    await stack.restart()
    const startedAt = performance.now()
    const reply = await createHttpBrowser().navigate(loginUrl(stack))
    expectErrorPage(reply, 503, 'identity_provider_unavailable')
    expect(performance.now() - startedAt).toBeGreaterThan(4_000)
    await stack.admin.clearFaults()
    await signIn(stack)
  })
})

test('L-01 calls of one address are counted, those of another are not', async ({ stack }) => {
  const limited = await stack.startInstance({ RATE_LIMIT_PER_MINUTE: '3' })
  const from = (address: string) =>
    createHttpBrowser().send(`${limited.origin}/auth/login`, {
      headers: { 'x-forwarded-for': `10.9.9.9, ${address}` },
    })
  const statuses = []
  for (let call = 0; call < 3; call++) statuses.push((await from('203.0.113.1:4711')).status)
  expect(statuses).toEqual([302, 302, 302])
  const refused = await from('203.0.113.1:4712')
  expectProblem(refused, 429, 'too_many_requests')
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60)
  expect((await from('203.0.113.2')).status).toBe(302)
  await stack.advance(61)
  expect((await from('203.0.113.1')).status).toBe(302)
})

test('a callback at another instance than its login arrives', async ({ stack }) => {
  await stack.startInstance()
  const browser = createHttpBrowser()
  const { callbackUrl } = await startSignIn(stack, browser)
  const last = stack.hosts.length - 1
  expect((await browser.navigate(atInstance(stack, callbackUrl, last))).status).toBe(200)
})
