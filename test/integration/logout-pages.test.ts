import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { hostileReturnTo } from '../support/hostile-return-to.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { emptyTables } from '../support/table-rows.ts'

const test = stackTest()

let browser: HttpBrowser
test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  browser = await signIn(stack)
})

function signOut(stack: Stack, body?: object, who = browser): Promise<BrowserReply> {
  return who.call('POST', stack.url('/auth/logout'), {
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

async function isSignedIn(stack: Stack, who = browser): Promise<unknown> {
  return (await who.call('GET', stack.url('/auth/session'))).json()['authenticated']
}

const expiredCookie = ['session=; max-age=0; path=/; samesite=strict; httponly']

/** The state of a logoutUrl, as the provider would send it back. */
function stateOf(reply: BrowserReply): string {
  return new URL(reply.json<{ logoutUrl: string }>().logoutUrl).searchParams.get('state')!
}

describe('GET /auth/logout', () => {
  test('H-01 changes nothing: it shows a page with a button', async ({ stack }) => {
    stack.storage.reset()
    const reply = await browser.navigate(stack.url('/auth/logout?returnTo=/bye%3Fa=%22%3E'))
    expect(reply.status).toBe(200)
    expect(stack.storage.counts()).toEqual({})
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'same-origin',
      'x-frame-options': 'DENY',
    })
    expect(reply.headers['content-security-policy']).toContain(
      `form-action 'self' ${stack.entra.origin}`,
    )
    expect(reply.text).toContain(`<form method="post" action="${stack.origin}/auth/logout">`)
    expect(reply.text).toContain(`value="${stack.origin}/bye?a=%22%3E"`)
    expect(await isSignedIn(stack)).toBe(true)
  })

  test('H-01 as an image, a frame or a fetch it is refused', async ({ stack }) => {
    for (const headers of [
      { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' },
    ])
      expectProblem(
        await browser.navigate(stack.url('/auth/logout'), { headers }),
        403,
        'not_a_navigation',
      )
    expect(await isSignedIn(stack)).toBe(true)
  })

  test('I-08 with a returnTo that leaves the app it is refused', async ({ stack }) => {
    for (const returnTo of hostileReturnTo) {
      const query = new URLSearchParams({ returnTo }).toString()
      const reply = await browser.navigate(stack.url(`/auth/logout?${query}`))
      expect([returnTo, reply.status]).toEqual([returnTo, 400])
    }
  })

  function submit(stack: Stack, body: string): Promise<BrowserReply> {
    return browser.navigate(stack.url('/auth/logout'), {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: stack.origin,
        'sec-fetch-site': 'same-origin',
      },
    })
  }

  test('H-01 its form ends the session and goes on to the provider', async ({ stack }) => {
    const reply = await submit(stack, 'returnTo=%2Fbye')
    expect([reply.status, reply.setCookies]).toEqual([303, expiredCookie])
    expect(reply.headers['location']).toContain(`${stack.entra.origin}/`)
    expect(await isSignedIn(stack)).toBe(false)
    expect((await submit(stack, '')).status).toBe(303)
  })

  test('H-05 H-06 the form without provider goes to returnTo, without storage nowhere', async ({
    stack,
  }) => {
    stack.storage.rules.add({ action: 'status', status: 500 })
    const failed = await submit(stack, 'returnTo=/bye')
    expect([failed.status, failed.setCookies]).toEqual([503, []])
    expect(failed.text).toContain('You are still signed in')
    expect(failed.headers['retry-after']).toBeDefined()
    stack.storage.rules.clear()
    await stack.admin.fault('discovery_down', null)
    await stack.restart()
    const reply = await submit(stack, 'returnTo=/bye')
    expect([reply.status, reply.headers['location']]).toEqual([303, `${stack.origin}/bye`])
  })

  test('a form with a hostile returnTo, or one too large, ends nothing', async ({ stack }) => {
    expectProblem(await submit(stack, 'returnTo=//evil.example'), 400, 'invalid_return_to')
    expectProblem(await submit(stack, `x=${'x'.repeat(9000)}`), 413, 'body_too_large')
    expect(await isSignedIn(stack)).toBe(true)
  })
})

describe('GET /auth/logout/callback', () => {
  function land(stack: Stack, query: string): Promise<BrowserReply> {
    return browser.navigate(stack.url(`/auth/logout/callback${query}`))
  }

  test('H-04 leads to the returnTo of that sign-out, for 10 minutes', async ({ stack }) => {
    const state = stateOf(await signOut(stack, { returnTo: '/bye?a=1#b' }))
    const query = `?state=${encodeURIComponent(state)}`
    const reply = await land(stack, query)
    expect([reply.status, reply.headers['location']]).toEqual([303, `${stack.origin}/bye?a=1#b`])
    expect(reply.setCookies).toEqual([])
    await stack.advance(601)
    expect((await land(stack, query)).headers['location']).toBe(`${stack.origin}/`)
  })

  test('H-04 without a state, or with another one, leads to the default', async ({ stack }) => {
    const state = stateOf(await signOut(stack, { returnTo: '/bye' }))
    const parts = state.split('.')
    for (const other of [
      '',
      'x',
      `${state}x`,
      state.slice(0, -2),
      parts.with(1, '00000000').join('.'),
      parts.with(2, 'AAAAAAAAAAAAAAAAAAAAAA').join('.'),
      'https://evil.example',
      '//evil.example',
      Buffer.from('{"returnTo":"https://evil.example"}').toString('base64url'),
      '__proto__',
      '\u0000',
    ]) {
      const reply = await land(stack, `?state=${encodeURIComponent(other)}`)
      expect([other, reply.status, reply.headers['location']]).toEqual([
        other,
        303,
        `${stack.origin}/`,
      ])
    }
    for (const query of ['', '?returnTo=//evil.example', `?state=${state}&state=${state}`])
      expect((await land(stack, query)).headers['location']).toBe(`${stack.origin}/`)
  })

  test('H-04 a returnTo that is not allowed any more leads to the default', async ({ stack }) => {
    const settings = {
      PUBLIC_URL: 'https://api.example.com',
      ALLOWED_ORIGINS: 'https://app.example.com',
    }
    await stack.restart(settings)
    const reply = await createHttpBrowser().send(stack.url('/auth/logout'), {
      method: 'POST',
      headers: { 'x-csrf': '1', 'content-type': 'application/json' },
      body: '{"returnTo":"https://app.example.com/bye"}',
    })
    const query = `?state=${encodeURIComponent(stateOf(reply))}`
    expect((await land(stack, query)).headers['location']).toBe('https://app.example.com/bye')
    await stack.restart()
    const later = await land(stack, query)
    expect([later.status, later.headers['location']]).toEqual([303, `${stack.origin}/`])
  })
})

describe('GET /auth/logout/frontchannel', () => {
  async function notify(stack: Stack, query: string): Promise<BrowserReply> {
    const reply = await createHttpBrowser().send(stack.url(`/auth/logout/frontchannel${query}`), {
      headers: {
        'sec-fetch-dest': 'iframe',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-site': 'cross-site',
      },
    })
    expect([reply.status, reply.text, reply.setCookies]).toEqual([200, '', []])
    expect(reply.headers['x-frame-options']).toBeUndefined()
    expect(reply.headers['content-security-policy']).toMatch(
      new RegExp(`^default-src 'none'; frame-ancestors ${stack.entra.origin} `),
    )
    return reply
  }

  /** The `sid` of the one account that is signed in at the provider in this browser. */
  async function sidOf(stack: Stack, name: string): Promise<string> {
    const reply = await fetch(`${stack.entra.origin}/_admin/sessions`)
    const { sessions } = (await reply.json()) as { sessions: { browser: string; sid: string }[] }
    return sessions.find((session) => session.browser === name)!.sid
  }

  test('H-08 ends the sessions of that sid, in whatever browser, and no other', async ({
    stack,
  }) => {
    const sso = { browser: 'frontchannel', user: 'nora@contoso.test' }
    const [first, second] = [
      await signIn(stack, createHttpBrowser(), sso),
      await signIn(stack, createHttpBrowser(), sso),
    ]
    const sid = await sidOf(stack, sso.browser)
    const issuer = `${stack.entra.origin}/${stack.entra.tenantId}/v2.0`
    await stack.admin.clearRequests()
    for (const query of [
      '',
      '?sid=',
      '?sid=unknown',
      `?sid=${sid}&sid=${sid}`,
      `?sid=${sid}&iss=https://evil.example`,
      `?sid=${sid}&iss=${issuer}&iss=${issuer}`,
      `?sid=${sid}&iss=`,
      "?sid=x' or PartitionKey ge '",
      `?sid=${'x'.repeat(3000)}`,
      `?SID=${sid}x`,
    ])
      await notify(stack, query)
    expect([await isSignedIn(stack, first), await isSignedIn(stack, second)]).toEqual([true, true])
    await notify(stack, `?sid=${sid}&iss=${encodeURIComponent(issuer)}`)
    expect([
      await isSignedIn(stack, first),
      await isSignedIn(stack, second),
      await isSignedIn(stack),
    ]).toEqual([false, false, true])
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
  })

  test('H-08 a POST is not allowed, and storage faults are not told', async ({ stack }) => {
    const post = await createHttpBrowser().send(stack.url('/auth/logout/frontchannel?sid=x'), {
      method: 'POST',
    })
    expect([post.status, post.headers['allow']]).toEqual([405, 'GET'])
    stack.storage.rules.add({ action: 'status', status: 500 })
    await notify(stack, '?sid=unknown')
  })
})
