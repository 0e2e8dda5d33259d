import { describe, expect } from 'vitest'
import { expectErrorPage, expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'

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

describe('callbacks of nobody, without a storage operation', () => {
  test('B-02 R-33 a missing, altered, foreign or hostile state', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const other = await startSignIn(stack, createHttpBrowser())
    const state = callbackUrl.searchParams.get('state')!
    const parts = state.split('.')
    const withPart = (index: number, text: string) => parts.with(index, text).join('.')
    const flipped = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1)
    const mutations: (string | null)[] = [
      null,
      '',
      `${state}x`,
      ` ${state}`,
      `${state} `,
      state.toUpperCase(),
      state.slice(0, -1),
      state.slice(0, state.lastIndexOf('.')),
      withPart(0, 'v2'),
      withPart(1, '00000000'),
      withPart(2, '000000000'),
      withPart(2, `ff${parts[2]!.slice(2)}`),
      withPart(3, flipped(parts[3]!)),
      withPart(4, flipped(parts[4]!)),
      withPart(4, 'A'.repeat(43)),
      other.callbackUrl.searchParams.get('state'),
      'x'.repeat(7000),
      '日本語',
      '__proto__',
      'constructor',
      "' or 1 eq 1",
      "x' or PartitionKey ge '",
      '../../signIns',
      '\u0000',
      '%00%ff',
    ]
    for (const mutation of mutations) {
      const reply = await withoutStorage(stack, () =>
        browser.navigate(changed(callbackUrl, { state: mutation })),
      )
      expect([mutation, reply.status]).toEqual([mutation, 400])
      expectErrorPage(reply, 400, 'login_not_started')
    }
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
  })

  test('A-04 B-05 a callback that another browser started, with and without a login of its own', async ({
    stack,
  }) => {
    const attacker = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, attacker)
    const empty = createHttpBrowser()
    expectErrorPage(
      await withoutStorage(stack, () => empty.navigate(callbackUrl)),
      400,
      'login_not_started',
    )
    const victim = createHttpBrowser()
    const own = await startSignIn(stack, victim, { user: 'rita@contoso.test' })
    expectErrorPage(
      await withoutStorage(stack, () => victim.navigate(callbackUrl)),
      400,
      'login_not_started',
    )
    const mixed = changed(own.callbackUrl, { state: callbackUrl.searchParams.get('state') })
    await withoutStorage(stack, () => victim.navigate(mixed))
    expect((await victim.navigate(own.callbackUrl)).status).toBe(200)
    const reply = await victim.call('GET', stack.url('/auth/session'))
    expect(reply.json()).toMatchObject({ user: { username: 'rita@contoso.test' } })
    expect((await attacker.navigate(callbackUrl)).status).toBe(200)
  })

  test("A-03 A-04 another's code with one's own state opens nothing", async ({ stack }) => {
    const victim = createHttpBrowser()
    const stolen = await startSignIn(stack, victim, { user: 'rita@contoso.test' })
    const attacker = createHttpBrowser()
    const own = await startSignIn(stack, attacker)
    const code = stolen.callbackUrl.searchParams.get('code')
    const reply = await attacker.navigate(changed(own.callbackUrl, { code }))
    expectErrorPage(reply, 400, 'login_failed')
    expect(attacker.cookies.has('session')).toBe(false)
  })

  test.for(['code', 'state', 'error', 'iss'])('B-07 a doubled %s', async (name, { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const doubled = new URL(callbackUrl)
    if (name === 'error') doubled.searchParams.delete('code')
    if (!doubled.searchParams.has(name)) doubled.searchParams.set(name, 'x')
    doubled.searchParams.append(name, doubled.searchParams.get(name)!)
    const reply = await withoutStorage(stack, () => browser.navigate(doubled))
    expectErrorPage(reply, 400, name === 'state' ? 'login_not_started' : 'login_failed')
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
  })

  test('B-07 a code together with an error', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const both = changed(callbackUrl, { error: 'access_denied' })
    expectErrorPage(await withoutStorage(stack, () => browser.navigate(both)), 400, 'login_failed')
  })

  test('B-06 an error without a good state leaves a pending login alone', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    for (const state of [null, 'x'])
      expectErrorPage(
        await withoutStorage(stack, () =>
          browser.navigate(changed(callbackUrl, { state, code: null, error: 'access_denied' })),
        ),
        400,
        'login_not_started',
      )
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
  })

  test.for(['HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'B-11 B-12 %s redeems nothing',
    async (method, { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const reply = await withoutStorage(stack, () => browser.send(callbackUrl, { method }))
      expect([reply.status, reply.headers['allow']]).toEqual([405, 'GET'])
      if (method === 'HEAD') expect((await browser.navigate(callbackUrl)).status).toBe(200)
    },
  )

  test.for([
    ['a prefetch', { 'sec-purpose': 'prefetch' }],
    ['an old prefetch', { purpose: 'prefetch' }],
    ['a fetch', { 'sec-fetch-mode': 'cors' }],
    ['an image', { 'sec-fetch-mode': 'no-cors' }],
  ] as const)('B-11 %s redeems nothing', async ([, headers], { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const reply = await withoutStorage(stack, () => browser.navigate(callbackUrl, { headers }))
    expectProblem(reply, 403, 'not_a_navigation')
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
  })

  test('E-07 a doubled binding cookie, or one under another name, binds nothing', async ({
    stack,
  }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const binding = browser.cookies.get('login')!
    for (const cookie of [
      `login=${binding}; login=${binding}`,
      `login=${binding}; login=x`,
      `LOGIN=${binding}`,
      `\u00a0login=${binding}`,
      `login ="${binding}"`,
      `x=1,login=${binding}`,
      `__Host-Http-login=${binding}`,
    ])
      expectErrorPage(
        await withoutStorage(stack, () =>
          createHttpBrowser().send(callbackUrl, {
            headers: { cookie: Buffer.from(cookie).toString('latin1') },
          }),
        ),
        400,
        'login_not_started',
      )
  })

  test('a query that is too long is refused, by the host or by us', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    for (const length of [4097, 7000, 9000]) {
      const reply = await withoutStorage(stack, () =>
        browser.navigate(changed(callbackUrl, { code: 'c'.repeat(length) })),
      )
      expect([length, reply.status]).toEqual([length, length > 8192 ? 414 : 400])
    }
  })
})
