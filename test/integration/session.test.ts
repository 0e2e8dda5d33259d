import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { clearLines, linesOf } from '../support/instances.ts'
import { rawGet, sendRaw } from '../support/raw-http.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { emptyTables, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest({ settings: { USER_CLAIMS: 'department,ver' } })

let browser: HttpBrowser
test.beforeEach(async ({ stack }) => {
  browser = await signIn(stack)
})

/** To 50 s: however slow the machine is. */
const aboutAnHour = expect.closeTo(3600, -2)

const anonymous = (stack: Stack) => ({
  authenticated: false,
  loginUrl: `${stack.origin}/auth/login`,
})

function read(stack: Stack, query = '', who = browser): Promise<BrowserReply> {
  return who.call('GET', stack.url(`/auth/session${query}`))
}

async function isSignedIn(stack: Stack, who = browser): Promise<unknown> {
  return (await read(stack, '?slide=false', who)).json()['authenticated']
}

function holding(cookie: string): HttpBrowser {
  return createHttpBrowser(new Map([['session', cookie]]))
}

describe('GET /auth/session', () => {
  test('E-10 H-09 M-06 has exactly the documented members, in compact JSON', async ({ stack }) => {
    await stack.admin.changeUser('ada@contoso.test', { claims: { department: 'R&D' } })
    await signIn(stack, browser)
    const reply = await read(stack)
    expect(reply.status).toBe(200)
    expect(reply.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'Origin, Cookie, Sec-Fetch-Site',
    })
    const body = reply.json()
    expect(reply.text).toBe(JSON.stringify(body))
    expect(body).toEqual({
      authenticated: true,
      user: {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        tenantId: stack.entra.tenantId,
        name: 'Ada Admin',
        username: 'ada@contoso.test',
        email: 'ada@contoso.test',
        roles: ['Admin'],
        claims: { department: 'R&D', ver: '2.0' },
      },
      expiresIn: expect.any(Number),
      idleExpiresIn: aboutAnHour,
      accessTokenExpiresIn: expect.any(Number),
      logoutUrl: `${stack.origin}/auth/logout`,
    })
    const { expiresIn } = reply.json<{ expiresIn: number }>()
    expect(expiresIn).toBeGreaterThan(12 * 3600 - 60)
    expect(expiresIn).toBeLessThanOrEqual(12 * 3600 + 300)
    expect(reply.setCookies).toEqual([])
  })

  test('without a session says so, with 200', async ({ stack }) => {
    const reply = await read(stack, '', createHttpBrowser())
    expect([reply.status, reply.json()]).toEqual([200, anonymous(stack)])
    expect(reply.setCookies).toEqual([])
  })

  test('one read is one storage operation, and none at the provider', async ({ stack }) => {
    await stack.admin.clearRequests()
    stack.storage.reset()
    await read(stack)
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 1 })
    expect(await stack.admin.requests()).toEqual([])
  })

  test.for([
    [
      'typed into the address bar',
      { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    ],
    [
      'a link from elsewhere',
      {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    ],
    ['a same-origin page', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['an old browser', {}],
  ] as const)(
    'E-10 is readable without the header: %s; then it does not slide',
    async ([, headers], { stack }) => {
      await stack.advance(1000)
      const reply = await browser.send(stack.url('/auth/session'), { headers })
      expect(reply.json()).toMatchObject({ authenticated: true })
      expect(reply.json<{ idleExpiresIn: number }>().idleExpiresIn).toBeLessThanOrEqual(2600)
    },
  )
})

describe('how long a session lasts', () => {
  test('E-06 reading slides the idle end, at most every 5 minutes', async ({ stack }) => {
    stack.storage.reset()
    await stack.advance(290)
    await read(stack)
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 1 })
    await stack.advance(20)
    expect((await read(stack)).json()).toMatchObject({ idleExpiresIn: aboutAnHour })
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 2, 'PATCH sessions': 1 })
    for (let hour = 0; hour < 3; hour++) {
      await stack.advance(3500)
      expect((await read(stack)).json()).toMatchObject({
        authenticated: true,
        idleExpiresIn: aboutAnHour,
      })
    }
  })

  test('E-05 E-06 slide=false does not, and the idle end is the end', async ({ stack }) => {
    await stack.advance(1800)
    const reply = await read(stack, '?slide=false')
    expect(reply.json<{ idleExpiresIn: number }>().idleExpiresIn).toBeLessThanOrEqual(1800)
    await stack.advance(1801)
    expect((await read(stack)).json()).toEqual(anonymous(stack))
    expect(browser.cookies.has('session')).toBe(true)
    expectProblem(await browser.call('POST', stack.url('/auth/refresh')), 401, 'session_expired')
  })

  test('E-05 E-06 sliding never passes the absolute end', async ({ stack }) => {
    for (let passed = 0; passed < 12 * 3600 - 3000; passed += 3000) {
      await stack.advance(3000)
      expect(await isSignedIn(stack)).toBe(true)
      await read(stack)
    }
    const { expiresIn, idleExpiresIn } = (await read(stack)).json<Record<string, number>>()
    expect(idleExpiresIn).toBeLessThanOrEqual(expiresIn!)
    await stack.advance(expiresIn! + 1)
    expect((await read(stack)).json()).toEqual(anonymous(stack))
  })

  test('a storage fault while sliding is no answer to who is signed in', async ({ stack }) => {
    await stack.advance(400)
    stack.storage.rules.add({
      action: 'status',
      status: 503,
      match: (method) => method !== 'GET',
    })
    expect((await read(stack)).json()).toMatchObject({ authenticated: true })
  })
})

describe('cookies that are not quite ours', () => {
  // A browser sends one line (RFC 6265 §5.4); the host joins several by commas.
  test('O-09 E-07 a session is in one Cookie line, or there is none', async ({ stack }) => {
    const value = browser.cookies.get('session')!
    const name = `session-${new URL(stack.origin).port}`
    const read = (stack: Stack, ...cookies: string[]) => {
      const lines = ['X-CSRF: 1', ...cookies.map((cookie) => `Cookie: ${cookie}`)]
      return sendRaw(stack.hosts[0]!.port, rawGet('/auth/session', lines))
    }
    expect((await read(stack, `a=1; ${name}=${value}; b=2`)).body).toContain('"authenticated":true')
    for (const cookies of [
      ['a=1', `${name}=${value}`],
      [`${name}=${value}`, 'b=2'],
      [`${name}=${value}`, `${name}=${value}`],
    ]) {
      const { status, body } = await read(stack, ...cookies)
      expect([status, body]).toEqual([200, expect.stringContaining('"authenticated":false')])
    }
  })

  test('E-07 doubles, other cases, blanks and quotes count as none', async ({ stack }) => {
    const value = browser.cookies.get('session')!
    for (const cookie of [
      `session=${value}; session=${value}`,
      `session=${value}; session=x`,
      `session=x; session=${value}`,
      `SESSION=${value}`,
      `Session=${value}`,
      `\u00a0session=${value}`,
      `session="${value}"`,
      `$Version=1; session="${value}"`,
      `x=1,session=${value}`,
      `__Host-Http-session=${value}`,
      `__Host-session=${value}`,
      `sessions=${value}`,
      `session=${value}x`,
      `session=${value.slice(0, -1)}`,
      `session=${encodeURIComponent(value).replace('.', '%2E')}`,
    ]) {
      const reply = await createHttpBrowser().send(stack.url('/auth/session'), {
        headers: { cookie: Buffer.from(cookie).toString('latin1'), 'x-csrf': '1' },
      })
      expect([cookie.slice(0, 40), reply.status, reply.text]).toEqual([
        cookie.slice(0, 40),
        reply.status === 431 ? 431 : 200,
        reply.status === 431 ? '' : JSON.stringify(anonymous(stack)),
      ])
    }
    const crowded = await createHttpBrowser().send(stack.url('/auth/session'), {
      headers: { cookie: `pad=${'x'.repeat(15_000)}; session=${value}`, 'x-csrf': '1' },
    })
    expect(crowded.json()).toMatchObject({ authenticated: true })
    const spaced = await createHttpBrowser().send(stack.url('/auth/session'), {
      headers: { cookie: `a=b;  session = ${value} ;c=d`, 'x-csrf': '1' },
    })
    expect(spaced.json()).toMatchObject({ authenticated: true })
  })

  test('E-05 an altered id, secret, shard, bucket or key opens nothing, and ends nothing', async ({
    stack,
  }) => {
    const parts = browser.cookies.get('session')!.split('.')
    const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    for (const [index, text] of [
      [0, 'v2'],
      [1, '00000000'],
      [2, `00${parts[2]!.slice(2)}`],
      [2, 'ff999999'],
      [3, flip(parts[3]!)],
      [4, flip(parts[4]!)],
      [5, flip(parts[5]!)],
    ] as const) {
      if (parts[index] === text) continue
      expect((await read(stack, '', holding(parts.with(index, text).join('.')))).json()).toEqual(
        anonymous(stack),
      )
    }
    expect(await isSignedIn(stack)).toBe(true)
  })
})

describe('rows that were tampered with', () => {
  test.beforeEach(async ({ stack }) => {
    await emptyTables(stack)
    browser = await signIn(stack)
  })

  test('E-12 a flipped byte makes a session nobody, never an error', async ({ stack }) => {
    const [row] = await rowsOf(stack, 'sessions')
    // Right after a sign-in another one would not help: then it is 403.
    await stack.advance(120)
    for (const column of Object.keys(row!).filter((name) => /^s\d_/.test(name))) {
      const text = row![column] as string
      const flipped = (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
      await tableOf(stack, 'sessions').updateEntity(
        { partitionKey: row!.partitionKey!, rowKey: row!.rowKey!, [column]: flipped },
        'Merge',
      )
      const reply = await browser.call('POST', stack.url('/auth/refresh'))
      expect([column, reply.status]).toEqual([column, 401])
      await tableOf(stack, 'sessions').updateEntity(
        { partitionKey: row!.partitionKey!, rowKey: row!.rowKey!, [column]: text },
        'Merge',
      )
    }
    expect(await isSignedIn(stack)).toBe(true)
  })

  test('E-12 J-04 a row copied over another opens with neither cookie', async ({ stack }) => {
    const other = await signIn(stack, createHttpBrowser(), { user: 'rita@contoso.test' })
    const [first, second] = await rowsOf(stack, 'sessions')
    const columnsOf = (row: typeof first) =>
      Object.fromEntries(Object.entries(row!).filter(([name]) => /^(s\d_|n_|salt)/.test(name)))
    const put = (stack: Stack, row: typeof first, columns: object) =>
      tableOf(stack, 'sessions').updateEntity(
        { partitionKey: row!.partitionKey!, rowKey: row!.rowKey!, ...columns },
        'Merge',
      )
    const [a, b] = [columnsOf(first), columnsOf(second)]
    await put(stack, first, b)
    await put(stack, second, a)
    for (const who of [browser, other]) {
      const reply = await read(stack, '', who)
      expect([reply.status, reply.json()]).toEqual([200, anonymous(stack)])
    }
    await put(stack, first, a)
    await put(stack, second, b)
    expect([await isSignedIn(stack, browser), await isSignedIn(stack, other)]).toEqual([true, true])
  })

  test('E-12 J-04 columns of a row that changed places open nothing', async ({ stack }) => {
    const [row] = await rowsOf(stack, 'sessions')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    const [content, token] = [row!['s0_content'], row!['s0_refresh']]
    expect([typeof content, typeof token]).toEqual(['string', 'string'])
    const exchanged = { ...keys, s0_content: token, s0_refresh: content }
    await tableOf(stack, 'sessions').updateEntity(exchanged, 'Merge')
    const reply = await read(stack)
    expect([reply.status, reply.json()]).toEqual([200, anonymous(stack)])
  })

  test('E-12 M-07 it is told in the log', async ({ stack }) => {
    const [row] = await rowsOf(stack, 'sessions')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    await tableOf(stack, 'sessions').updateEntity({ ...keys, salt: 'AAAA' }, 'Merge')
    await stack.advance(60)
    clearLines(stack)
    for (let count = 0; count < 3; count++) await read(stack)
    expect(linesOf(stack, 'bff.session.rejected')).toMatchObject([{ reason: 'undecryptable' }])
    expect(linesOf(stack, 'bff.session.ended')).toEqual([])
  })

  test('a row with nonsense in its columns is a session of nobody', async ({ stack }) => {
    const [row] = await rowsOf(stack, 'sessions')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    for (const change of [
      { exp: 'x' },
      { n_content: 99 },
      { n_content: 'x' },
      { idle: '' },
      { salt: 5 },
    ]) {
      await tableOf(stack, 'sessions').updateEntity({ ...keys, ...change }, 'Merge')
      const reply = await read(stack)
      expect([change, reply.status, reply.json()]).toEqual([change, 200, anonymous(stack)])
    }
  })
})

describe('faults', () => {
  test.for([
    ['status', 503],
    ['status', 500],
    ['garbage', undefined],
    ['reset', undefined],
  ] as const)(
    'E-11 storage with %s %s: 503, and the cookie stays',
    async ([action, status], { stack }) => {
      stack.storage.rules.add({ action, ...(status && { status }) })
      const reply = await read(stack)
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      expectProblem(
        await browser.call('POST', stack.url('/auth/refresh')),
        503,
        'storage_unavailable',
      )
      stack.storage.rules.clear()
      expect(await isSignedIn(stack)).toBe(true)
    },
  )

  test('one lost answer is nothing that a browser sees', async ({ stack }) => {
    for (const action of ['reset', 'drop-after-apply'] as const) {
      stack.storage.rules.add({ action, times: 1 })
      expect((await read(stack)).json()).toMatchObject({ authenticated: true })
    }
  })
})

describe('POST /auth/refresh', () => {
  const refresh = (stack: Stack): Promise<BrowserReply> =>
    browser.call('POST', stack.url('/auth/refresh'))

  test('D-03 D-13 answers the session with new times, and nothing of the tokens', async ({
    stack,
  }) => {
    await stack.advance(2000)
    await stack.admin.clearRequests()
    stack.storage.reset()
    const reply = await refresh(stack)
    expect(reply.status).toBe(200)
    expect(Object.keys(reply.json())).toEqual([
      ...Object.keys((await read(stack)).json()),
      'refreshed',
    ])
    expect(reply.json()).toMatchObject({ idleExpiresIn: aboutAnHour })
    expect(reply.json<{ accessTokenExpiresIn: number }>().accessTokenExpiresIn).toBeGreaterThan(
      3500,
    )
    expect(reply.setCookies).toEqual([])
    const [request, ...others] = await stack.admin.requests({ kind: 'token' })
    expect(others).toEqual([])
    expect(Object.keys(request!.parameters).sort()).toEqual(
      ['client_id', 'client_secret', 'grant_type', 'refresh_token', 'scope'].sort(),
    )
    expect(request!.parameters).toMatchObject({ scope: 'openid profile email offline_access' })
    expect(request!.headers['origin']).toBeUndefined()
  })

  test('one refresh is one read, the lease and the write-back', async ({ stack }) => {
    stack.storage.reset()
    await refresh(stack)
    expect(stack.storage.counts()).toEqual({ 'GET sessions': 1, 'PATCH sessions': 2 })
  })

  test('a session that is not there', async ({ stack }) => {
    const reply = await createHttpBrowser().call('POST', stack.url('/auth/refresh'))
    expectProblem(reply, 401, 'session_expired')
    expect(reply.headers['www-authenticate']).toBe('Cookie')
    expect(reply.json()).toMatchObject({ loginUrl: `${stack.origin}/auth/login` })
    expect(reply.setCookies).toEqual([])
  })

  test('D-06 a revoked refresh token ends the session', async ({ stack }) => {
    await stack.admin.fault('refresh_revoked')
    expectProblem(await refresh(stack), 401, 'session_expired')
    expect(await isSignedIn(stack)).toBe(false)
  })

  test.for([
    ['refresh_mfa', 401, 'interaction_required', 'step_up'],
    ['refresh_consent', 401, 'interaction_required', 'consent'],
    ['refresh_conditional_access', 403, 'access_denied', 'conditional_access'],
  ] as const)('D-08 %s keeps the session', async ([fault, status, code, reason], { stack }) => {
    await stack.admin.fault(fault)
    const reply = await refresh(stack)
    expectProblem(reply, status, code)
    expect(reply.json()).toMatchObject({ reason })
    expect(reply.text).not.toContain('acrs')
    if (status === 401) expect(reply.json()['loginUrl']).toMatch(/\/auth\/login\?step=[\w-]{22}$/)
    expect(await isSignedIn(stack)).toBe(true)
  })

  test.for([
    ['unavailable', '7'],
    ['throttled', '11'],
    ['drop', '5'],
    ['not_json', '5'],
    ['broken_json', '5'],
    ['redirect', '5'],
  ] as const)(
    'D-07 %s keeps the session, and it refreshes once that is over',
    async ([fault, retryAfter], { stack }) => {
      await stack.admin.fault(fault)
      const reply = await refresh(stack)
      expectProblem(reply, 503, 'identity_provider_unavailable')
      expect(reply.headers['retry-after']).toBe(retryAfter)
      await stack.admin.clearRequests()
      const soon = await refresh(stack)
      expectProblem(soon, 503, 'identity_provider_unavailable')
      expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
      expect(await isSignedIn(stack)).toBe(true)
      await stack.advance(Number(retryAfter) + 1)
      expect((await refresh(stack)).status).toBe(200)
    },
  )

  test('D-09 an ID token of another person ends the session', async ({ stack }) => {
    await stack.admin.fault({ on: 'token', idToken: { claims: { sub: 'somebody-else' } } })
    expectProblem(await refresh(stack), 401, 'session_expired')
    expect(await isSignedIn(stack)).toBe(false)
  })

  test('D-04 an answer without a refresh token keeps the old one', async ({ stack }) => {
    for (const fault of ['no_refresh_token', undefined, 'no_refresh_token', undefined]) {
      if (fault !== undefined) await stack.admin.fault(fault)
      expect((await refresh(stack)).status).toBe(200)
      await stack.advance(1)
    }
  })

  test('D-12 sooner than the cool-down the present state is answered', async ({ stack }) => {
    await stack.restart({ REFRESH_COOLDOWN_SECONDS: '30' })
    await refresh(stack)
    await stack.admin.clearRequests()
    for (let call = 0; call < 5; call++) expect((await refresh(stack)).status).toBe(200)
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
    await stack.advance(31)
    expect((await refresh(stack)).status).toBe(200)
    expect(await stack.admin.requests({ kind: 'token' })).toHaveLength(1)
    await stack.restart()
  })
})
