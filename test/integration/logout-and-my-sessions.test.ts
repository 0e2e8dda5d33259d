import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  storageFault,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest({ instances: 2 })

test.beforeAll(async ({ stack }) => {
  for (const instance of [0, 1]) await signIn(stack, undefined, { instance })
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  clearLines(stack)
})

const logOut = (stack: Stack, browser: HttpBrowser, body = '{}', instance = 0) =>
  callAt(stack, browser, 'POST /auth/logout', instance, { body })

/** The same cookie with another secret, as who knows no more than the id would send it. */
function withoutMac(browser: HttpBrowser): HttpBrowser {
  const forger = createHttpBrowser()
  const cookie = browser.cookies.get('session')!
  forger.cookies.set('session', `${cookie.slice(0, -43)}${'A'.repeat(43)}`)
  return forger
}

const expired = expect.stringMatching(
  /^session=; (?=.*Max-Age=0)(?=.*Path=\/)(?=.*HttpOnly)(?=.*SameSite=Strict)/i,
)

describe('signing out', () => {
  test('H-01 H-03 H-07 E-04 E-05 N-13 ends the session, here and at the provider, and comes back', async ({
    stack,
  }) => {
    const browser = await signIn(stack, undefined, { browser: 'laptop' })
    const replayed = browser.clone()
    const reply = await logOut(stack, browser, '{"returnTo":"/bye?x=1#y"}', 1)
    expect(reply.status).toBe(200)
    expect(reply.setCookies).toEqual([expired])
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
    expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'logout' }])

    const url = new URL(reply.json<{ logoutUrl: string }>().logoutUrl)
    expect([...url.searchParams.keys()].sort()).toEqual(
      'client_id logout_hint post_logout_redirect_uri state'.split(' '),
    )
    expect(url.searchParams.get('logout_hint')).toMatch(/^O\./)
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(
      `${stack.origin}/auth/logout/callback`,
    )
    for (const instance of [0, 1]) {
      expect(await isSignedIn(stack, replayed, instance)).toBe(false)
      expectProblem(await refreshAt(stack, replayed, instance), 401, 'session_expired')
    }
    const state = url.searchParams.get('state')!
    const landing = await browser.navigate(
      stack.url(`/auth/logout/callback?state=${encodeURIComponent(state)}`, 1),
    )
    expect([landing.status, landing.headers['location']]).toEqual([
      303,
      `${stack.origin}/bye?x=1#y`,
    ])
  })

  test('H-02 works twice, without a session and with a cookie of nonsense', async ({ stack }) => {
    const browser = await signIn(stack)
    const cookie = browser.cookies.get('session')!
    for (const value of [cookie, cookie, 'nonsense', undefined]) {
      if (value === undefined) browser.cookies.delete('session')
      else browser.cookies.set('session', value)
      const reply = await logOut(stack, browser)
      expect([reply.status, reply.setCookies]).toEqual([200, [expired]])
      expect(reply.json()['logoutUrl']).toContain('/oauth2/v2.0/logout?')
    }
  })

  test.for([
    ['{"returnTo":"https://evil.example/"}', 'invalid_return_to'],
    ['{"returnTo":"//evil.example"}', 'invalid_return_to'],
    ['{"everywhere":"yes"}', 'invalid_parameter'],
    ['{"returnTo":', 'invalid_parameter'],
  ] as const)('H-01 with the body %s nothing is ended', async ([body, code], { stack }) => {
    const browser = await signIn(stack)
    const reply = await logOut(stack, browser, body)
    expectProblem(reply, 400, code)
    expect(reply.setCookies).toEqual([])
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test('H-05 does not depend on the provider', async ({ stack }) => {
    const browser = await signIn(stack)
    await stack.admin.down()
    await stack.hosts[1]!.reload()
    const reply = await logOut(stack, browser, '{}', 1)
    expect([reply.status, reply.json()]).toEqual([200, { logoutUrl: null }])
    await stack.admin.up()
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  })

  test.for([
    ['GET', 'sessions'],
    ['DELETE', 'sessions'],
  ] as const)(
    'H-06 where %s %s fails nothing is ended, and it can be tried again',
    async ([method, table], { stack }) => {
      const browser = await signIn(stack)
      storageFault(stack, [method, table], { action: 'status', status: 500 })
      const reply = await logOut(stack, browser)
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      stack.storage.rules.clear()
      expect(await isSignedIn(stack, browser)).toBe(true)
      expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
      expect((await logOut(stack, browser)).status).toBe(200)
      expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
    },
  )

  test.for([
    ['DELETE', 'sessions', 'drop-after-apply'],
    ['DELETE', 'sessions', 'reset'],
    ['DELETE', 'sessionIndex', 'reset'],
  ] as const)(
    'K-08 %s %s that meets %s ends it once',
    async ([method, table, action], { stack }) => {
      const browser = await signIn(stack)
      storageFault(stack, [method, table], { action, times: 1 })
      expect((await logOut(stack, browser)).status).toBe(200)
      expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
      expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'logout' }])
    },
  )

  test('index rows that cannot be deleted are left to the sweep', async ({ stack }) => {
    const browser = await signIn(stack)
    storageFault(stack, ['DELETE', 'sessionIndex'], { action: 'status', status: 500 })
    const reply = await logOut(stack, browser)
    expect([reply.status, reply.setCookies]).toEqual([200, [expired]])
    expect(linesOf(stack, 'bff.dependency.failed')).toMatchObject([{ dependency: 'tables' }])
    stack.storage.rules.clear()
    await stack.advance(16 * 3600)
    await stack.hosts[0]!.runTimer('sweepExpired')
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  })

  test('E-03 the id of a cookie without its MAC ends, lists and renews nothing', async ({
    stack,
  }) => {
    await stack.advance(60)
    const browser = await signIn(stack)
    const other = await signIn(stack)
    const forger = withoutMac(browser)
    const { sessions } = await listOf(stack, browser)
    for (const body of ['{}', '{"everywhere":true}'])
      expect((await logOut(stack, withoutMac(browser), body)).status).toBe(200)
    expectProblem(await callAt(stack, forger, 'GET /auth/sessions'), 401, 'session_expired')
    expectProblem(await refreshAt(stack, forger), 401, 'session_expired')
    for (const { id } of sessions)
      expectProblem(
        await callAt(stack, forger, `DELETE /auth/sessions/${id}`),
        401,
        'session_expired',
      )
    expect(await isSignedIn(stack, browser)).toBe(true)
    expect(await isSignedIn(stack, other)).toBe(true)
    expect(linesOf(stack, 'bff.session.ended')).toEqual([])
    expect(linesOf(stack, 'bff.session.rejected')).toMatchObject([{ reason: 'forged' }])
  })
})

describe('signing out everywhere', () => {
  test('E-14 ends every session of that user, at whatever instance, and no other', async ({
    stack,
  }) => {
    const mine = [
      await signIn(stack),
      await signIn(stack, createHttpBrowser(), { instance: 1 }),
      await signIn(stack, createHttpBrowser(), { browser: 'laptop' }),
    ]
    const other = await signIn(stack, undefined, { user: 'rita@contoso.test' })
    expect((await logOut(stack, mine[1]!, '{"everywhere":true}', 1)).status).toBe(200)
    for (const browser of mine) expect(await isSignedIn(stack, browser)).toBe(false)
    expect(await isSignedIn(stack, other, 1)).toBe(true)
    expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
    expect(linesOf(stack, 'bff.session.ended').map(({ reason }) => reason)).toEqual(
      mine.map(() => 'everywhere'),
    )
  })

  test.for([
    ['GET', 'sessionIndex'],
    ['DELETE', 'sessions'],
  ] as const)(
    'H-06 where %s %s fails the own session is kept, to try again',
    async ([method, table], { stack }) => {
      const mine = [await signIn(stack), await signIn(stack), await signIn(stack)]
      storageFault(stack, [method, table], { action: 'status', status: 500 })
      const reply = await logOut(stack, mine[0]!, '{"everywhere":true}')
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      stack.storage.rules.clear()
      expect(await isSignedIn(stack, mine[0]!)).toBe(true)
      expect((await logOut(stack, mine[0]!, '{"everywhere":true}')).status).toBe(200)
      for (const browser of mine) expect(await isSignedIn(stack, browser)).toBe(false)
    },
  )
})

interface Listed {
  readonly sessions: readonly {
    readonly id: string
    readonly current: boolean
    readonly age: number
    readonly userAgent: string
  }[]
}

async function listOf(stack: Stack, browser: HttpBrowser, instance = 0): Promise<Listed> {
  const reply = await callAt(stack, browser, 'GET /auth/sessions', instance)
  expect(reply.status).toBe(200)
  return reply.json()
}

describe('my sessions', () => {
  test('E-14 are listed newest first, each once, with nothing that opens them', async ({
    stack,
  }) => {
    const first = await signIn(stack)
    await stack.advance(60)
    const second = await signIn(stack, createHttpBrowser(), { instance: 1 })
    await stack.advance(60)
    await signIn(stack, undefined, { user: 'rita@contoso.test' })
    const { sessions } = await listOf(stack, first, 1)
    expect(sessions.map(({ current }) => current)).toEqual([false, true])
    expect(sessions[0]!.age).toBeLessThan(sessions[1]!.age)
    for (const session of sessions) {
      expect(Object.keys(session).sort()).toEqual(
        'age current expiresIn id idleExpiresIn userAgent'.split(' '),
      )
      expect(session.id).toMatch(/^[\w-]{43}$/)
    }
    const text = JSON.stringify(sessions)
    for (const browser of [first, second])
      for (const part of browser.cookies.get('session')!.split('.').slice(-3))
        expect(text).not.toContain(part)
  })

  test('E-14 one can be ended from another; the present one expires the cookie too', async ({
    stack,
  }) => {
    const [first, second] = [await signIn(stack), await signIn(stack)]
    const { sessions } = await listOf(stack, first)
    const ids = { mine: sessions.find(({ current }) => current)!.id, other: '' }
    ids.other = sessions.find(({ current }) => !current)!.id
    const reply = await callAt(stack, first, `DELETE /auth/sessions/${ids.other}`, 1)
    expect([reply.status, reply.setCookies]).toEqual([204, []])
    expect(await isSignedIn(stack, second)).toBe(false)
    expect((await listOf(stack, first)).sessions).toHaveLength(1)
    const own = await callAt(stack, first, `DELETE /auth/sessions/${ids.mine}`)
    expect([own.status, own.setCookies]).toEqual([204, [expired]])
    expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
    const reasons = linesOf(stack, 'bff.session.ended').map(({ reason }) => reason)
    expect(new Set(reasons)).toEqual(new Set(['listed', 'logout']))
  })

  test('F-01 E-14 those of others, unknown ones and nonsense are 404, and without the header 403', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const victim = await signIn(stack, undefined, { user: 'rita@contoso.test' })
    const { id } = (await listOf(stack, victim)).sessions[0]!
    for (const wrong of [id, 'A'.repeat(43), 'x', "'%20or%20'1'%20eq%20'1", '..%2f..'])
      expectProblem(
        await callAt(stack, browser, `DELETE /auth/sessions/${wrong}`),
        404,
        'not_found',
      )
    const forged = await victim.send(stack.url(`/auth/sessions/${id}`), { method: 'DELETE' })
    expectProblem(forged, 403, 'csrf_failed')
    expect(await isSignedIn(stack, victim)).toBe(true)
  })
})
