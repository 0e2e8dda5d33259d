import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { clearLines, isSignedIn, linesOf, storageFault } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { type SignInOptions, type Stack, startSignIn } from '../support/stack.ts'

const keys = [0, 1].map(() => randomBytes(32).toString('base64url'))

const test = stackTest({ accounts: 2, settings: { SESSION_KEY: keys[0]! } })

test.beforeAll(async ({ stack }) => {
  await signInWithSid(stack)
})
test.beforeEach(async ({ stack }) => {
  await stack.admin.clearRequests()
  clearLines(stack)
})

interface SignedIn {
  readonly browser: HttpBrowser
  readonly sid: string
}

/** Entra's `session_state` is the `sid` of its ID token. */
async function signInWithSid(stack: Stack, options: SignInOptions = {}): Promise<SignedIn> {
  const browser = createHttpBrowser()
  const { callbackUrl } = await startSignIn(stack, browser, options)
  const { status } = await browser.navigate(callbackUrl)
  if (status !== 200) throw new Error(`callback answered ${status}`)
  return { browser, sid: callbackUrl.searchParams.get('session_state')! }
}

/** As a frame on the provider's page asks, with no cookie. */
function frontChannel(
  stack: Stack,
  query: string,
  request: { method?: string } = {},
): Promise<BrowserReply> {
  return createHttpBrowser().send(stack.url(`/auth/logout/frontchannel${query}`), {
    ...request,
    headers: {
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'iframe',
      'sec-fetch-site': 'cross-site',
    },
  })
}

function expectDone(stack: Stack, reply: BrowserReply): void {
  expect([reply.status, reply.text, reply.setCookies]).toEqual([200, '', []])
  expect(reply.headers['cache-control']).toBe('no-store')
  expect(reply.headers['x-frame-options']).toBeUndefined()
  expect(reply.headers['content-security-policy']).toContain(stack.entra.origin)
}

describe('front-channel sign-out', () => {
  test('H-08 ends the session of its sid without a cookie, and asks the provider nothing', async ({
    stack,
  }) => {
    const [mine, other] = [await signInWithSid(stack), await signInWithSid(stack)]
    await stack.admin.clearRequests()
    expectDone(stack, await frontChannel(stack, `?sid=${mine.sid}`))
    expect(await isSignedIn(stack, mine.browser)).toBe(false)
    expect(await isSignedIn(stack, other.browser)).toBe(true)
    expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'front_channel' }])
    expect(await stack.admin.requests()).toEqual([])
  })

  test('H-08 the provider’s own call for everybody of a user ends them all', async ({ stack }) => {
    const mine = [await signInWithSid(stack), await signInWithSid(stack)]
    const other = await signInWithSid(stack, { user: 'rita@contoso.test' })
    const { statuses } = await stack.admin.signOutEverywhere('ada@contoso.test')
    expect(new Set(statuses)).toEqual(new Set([200]))
    for (const { browser } of mine) expect(await isSignedIn(stack, browser)).toBe(false)
    expect(await isSignedIn(stack, other.browser)).toBe(true)
  })

  test('H-08 J-05 one sid of several sessions: under both keys, in both accounts', async ({
    stack,
  }) => {
    const signedIn: SignedIn[] = []
    const laptop = `laptop-${randomUUID()}`
    for (const key of [keys[0]!, `${keys[1]},${keys[0]}`]) {
      await stack.restart({ SESSION_KEY: key })
      // The shard is drawn: a few sign-ins reach both accounts.
      for (let count = 0; count < 8; count++)
        signedIn.push(await signInWithSid(stack, { browser: laptop }))
    }
    const cookies = signedIn.map(({ browser }) => browser.cookies.get('session')!.split('.'))
    expect(new Set(cookies.map(([, keyId]) => keyId)).size).toBe(2)
    expect(new Set(cookies.map(([, , shard]) => shard![0])).size).toBe(2)
    expect(new Set(signedIn.map(({ sid }) => sid)).size).toBe(1)
    expectDone(stack, await frontChannel(stack, `?sid=${signedIn[0]!.sid}`))
    for (const { browser } of signedIn) expect(await isSignedIn(stack, browser)).toBe(false)
  })

  test.for([
    ['no sid', () => ''],
    ['an empty sid', () => '?sid='],
    ['an unknown sid', () => `?sid=${randomUUID()}`],
    ['a sid of nonsense', () => "?sid=x'%20or%20PartitionKey%20ne%20'"],
    ['a wildcard', () => '?sid=*'],
    ['a sid in capitals', ({ sid }: SignedIn) => `?sid=${sid.toUpperCase()}`],
    ['two sids', ({ sid }: SignedIn) => `?sid=${sid}&sid=${sid}`],
    ['a sid that is too long', ({ sid }: SignedIn) => `?sid=${sid}${'x'.repeat(3000)}`],
    ['a wrong iss', ({ sid }: SignedIn) => `?sid=${sid}&iss=https://evil.example/v2.0`],
    ['an empty iss', ({ sid }: SignedIn) => `?sid=${sid}&iss=`],
    ['two issuers', ({ sid }: SignedIn, iss: string) => `?sid=${sid}&iss=${iss}&iss=${iss}`],
  ] as const)(
    'H-08 K-01 with %s nothing happens, and nothing is told',
    async ([_name, query], { stack }) => {
      const mine = await signInWithSid(stack)
      expectDone(stack, await frontChannel(stack, query(mine, issuer(stack))))
      expect(await isSignedIn(stack, mine.browser)).toBe(true)
      expect(linesOf(stack, 'bff.session.ended')).toEqual([])
    },
  )

  test('H-08 with the right iss it works', async ({ stack }) => {
    const mine = await signInWithSid(stack)
    expectDone(stack, await frontChannel(stack, `?sid=${mine.sid}&iss=${issuer(stack)}`))
    expect(await isSignedIn(stack, mine.browser)).toBe(false)
  })

  test('H-08 ten kilobytes of sid are refused by whoever sees them first', async ({ stack }) => {
    const reply = await frontChannel(stack, `?sid=${'x'.repeat(10_000)}`)
    expect(reply.status).toBeLessThan(500)
  })

  test.for(['POST', 'PUT', 'DELETE', 'HEAD'])(
    'H-08 F-09 %s is no sign-out',
    async (method, { stack }) => {
      const mine = await signInWithSid(stack)
      const reply = await frontChannel(stack, `?sid=${mine.sid}`, { method })
      expect([reply.status, reply.headers['allow']]).toEqual([405, 'GET'])
      expect(await isSignedIn(stack, mine.browser)).toBe(true)
    },
  )

  test('H-08 F-09 a cookie that comes along means nothing', async ({ stack }) => {
    const [mine, other] = [await signInWithSid(stack), await signInWithSid(stack)]
    const reply = await mine.browser.navigate(
      stack.url(`/auth/logout/frontchannel?sid=${other.sid}`),
    )
    expectDone(stack, reply)
    expect(await isSignedIn(stack, mine.browser)).toBe(true)
    expect(await isSignedIn(stack, other.browser)).toBe(false)
  })

  test('H-08 answers 200 though storage fails, and says so in the log alone', async ({ stack }) => {
    const mine = await signInWithSid(stack)
    storageFault(stack, ['GET', 'sessionIndex'], { action: 'status', status: 500 })
    expectDone(stack, await frontChannel(stack, `?sid=${mine.sid}`))
    expect(linesOf(stack, 'bff.dependency.failed')).toMatchObject([
      { dependency: 'tables', code: 'storage_unavailable' },
    ])
    stack.storage.rules.clear()
    expectDone(stack, await frontChannel(stack, `?sid=${mine.sid}`))
    expect(await isSignedIn(stack, mine.browser)).toBe(false)
  })

  test('H-09 what the browser is told holds no sid', async ({ stack }) => {
    const { browser, sid } = await signInWithSid(stack)
    const reply = await browser.call('GET', stack.url('/auth/session'))
    expect(reply.text).not.toContain(sid)
    expectProblem(await browser.send(stack.url('/auth/sessions')), 403, 'csrf_failed')
  })
})

function issuer(stack: Stack): string {
  return encodeURIComponent(`${stack.entra.origin}/${stack.entra.tenantId}/v2.0`)
}
