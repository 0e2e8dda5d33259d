import { describe, expect } from 'vitest'
import type { BrowserReply, HttpBrowser } from '../support/http-browser.ts'
import { signIn } from '../support/stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()

let browser: HttpBrowser

test.beforeEach(async ({ stack }) => {
  await stack.admin.clearFaults()
  stack.recorder.reset()
  browser = await signIn(stack)
  await stack.admin.clearRequests()
})
test.afterEach(({ stack }) => stack.admin.clearFaults())

type Refusal = { readonly code: number; readonly error: string; readonly suberror?: string }

const bare = (code: number): Refusal => ({ code, error: 'invalid_grant' })

describe('invalid_grant for one API leaves the session and every other API alone', () => {
  test.for([
    [50105, 403, 'access_denied', undefined],
    [65001, 401, 'interaction_required', 'consent'],
    [65002, 403, 'access_denied', 'admin_consent'],
    [50076, 401, 'interaction_required', 'step_up'],
    [50079, 401, 'interaction_required', 'step_up'],
    [50158, 401, 'interaction_required', 'step_up'],
    [53003, 403, 'access_denied', 'conditional_access'],
    [530003, 403, 'access_denied', 'conditional_access'],
    [999_999, 403, 'access_denied', undefined],
  ] as const)('%d is %d %s (%s)', async ([code, status, problem, reason], { stack }) => {
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error: bare(code) })
    const reply = await browser.call('GET', stack.url('/api/demo/x'))
    expect([reply.status, reply.json()['code'], reply.json()['reason']]).toEqual([
      status,
      problem,
      reason,
    ])
    expect(stack.recorder.calls).toEqual([])
    const session = await browser.call('GET', stack.url('/auth/session'))
    expect(session.json()).toMatchObject({ authenticated: true })
    expect((await browser.call('GET', stack.url('/api/graph/x'))).status).toBe(200)
  })

  test.for([50173, 70000, 70008, 70043, 700082, 700084])(
    '%d is the grant itself: the session ends',
    async (code, { stack }) => {
      await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error: bare(code) })
      await stack.advance(61)
      const reply = await browser.call('GET', stack.url('/api/demo/x'))
      expect([reply.status, reply.json()['code']]).toEqual([401, 'session_expired'])
      const session = await browser.call('GET', stack.url('/auth/session'))
      expect(session.json()).toMatchObject({ authenticated: false })
    },
  )

  test('a number that nobody knows ends it where the sign-in is refused too', async ({ stack }) => {
    const error = bare(999_999)
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error }, 2)
    await stack.advance(61)
    const reply = await browser.call('GET', stack.url('/api/demo/x'))
    expect([reply.status, reply.json()['code']]).toEqual([401, 'session_expired'])
  })
})

describe('a client that follows loginUrl ends somewhere', () => {
  /** Calls, and signs in again where it is told to, as the snippet of the README does. */
  async function follow(
    stack: Parameters<typeof signIn>[0],
    paths: readonly string[],
  ): Promise<BrowserReply[]> {
    const replies: BrowserReply[] = []
    for (let round = 0; round < 8; round++) {
      const reply = await browser.call('GET', stack.url(paths[round % paths.length]!))
      replies.push(reply)
      if (reply.status !== 401) {
        if (replies.slice(-paths.length).every(({ status }) => status !== 401)) break
        continue
      }
      const { search } = new URL(reply.json<{ loginUrl: string }>().loginUrl)
      await signIn(stack, browser, { query: search })
    }
    return replies
  }

  test.for([
    ['consent', bare(65001)],
    ['consent', { ...bare(65001), suberror: 'consent_required' }],
    ['step_up', bare(50076)],
    ['step_up', { code: 50158, error: 'interaction_required' }],
  ] as const)('%s: the same refusal after the sign-in is 403: %j', async (row, { stack }) => {
    const [reason, error] = row
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error }, null)
    const replies = await follow(stack, ['/api/demo/x'])
    expect(replies.map((reply) => [reply.status, reply.json()['code']])).toEqual([
      [401, 'interaction_required'],
      [403, 'access_denied'],
    ])
    expect(replies[1]!.json()['reason']).toBe(reason)
    const session = await browser.call('GET', stack.url('/auth/session'))
    expect(session.json()).toMatchObject({ authenticated: true })
  })

  test('two APIs that are refused in turn do not send the user back and forth', async ({
    stack,
  }) => {
    const error = bare(65001)
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error }, null)
    const replies = await follow(stack, ['/api/demo/x', '/api/graph/x'])
    expect(replies.map(({ status }) => status)).toEqual([401, 401, 403, 403])
  })

  test('a grant that is dead for every new sign-in ends each session, and asks for no other', async ({
    stack,
  }) => {
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error: bare(50173) }, null)
    const replies = await follow(stack, ['/api/demo/x'])
    expect(replies.map((reply) => [reply.status, reply.json()['code']])).toEqual([
      [403, 'access_denied'],
    ])
    const session = await browser.call('GET', stack.url('/auth/session'))
    expect(session.json()).toMatchObject({ authenticated: false })
  })

  test('the refusal is asked about again once the sign-in is a minute old', async ({ stack }) => {
    const error = bare(65001)
    await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error }, null)
    await follow(stack, ['/api/demo/x'])
    await stack.advance(61)
    expect((await browser.call('GET', stack.url('/api/demo/x'))).status).toBe(401)
  })

  test('a session without a refresh token is not sent to get one in a circle', async ({
    stack,
  }) => {
    const edit = { remove: ['refresh_token'] }
    await stack.admin.fault({ on: 'token', grantType: 'authorization_code', edit }, null)
    browser = await signIn(stack)
    const replies = await follow(stack, ['/api/demo/x'])
    expect(replies.map(({ status }) => status)).toEqual([403])
  })
})
