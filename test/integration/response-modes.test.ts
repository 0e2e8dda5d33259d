import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  expectArrival,
  expectCleanAnswers,
  expectErrorPage,
  expectProblem,
} from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { type Stack, startSignIn, startStack } from '../support/stack.ts'

const publicUrl = 'https://app.example.com'

describe('RESPONSE_MODE=form_post', () => {
  let stack: Stack
  let browser: HttpBrowser
  beforeAll(async () => {
    stack = await startStack({
      settings: { PUBLIC_URL: publicUrl, RESPONSE_MODE: 'form_post' },
    })
  })
  beforeEach(async () => {
    browser = createHttpBrowser()
    await stack.admin.clearRequests()
  })
  afterAll(async () => {
    expectCleanAnswers(stack)
    await stack.stop()
  })

  async function startForm(query = ''): Promise<{ login: BrowserReply; body: string }> {
    const login = await browser.navigate(stack.url(`/auth/login${query}`))
    const user = 'ada@contoso.test'
    const { action, fields } = await stack.admin.authorize(login.headers['location']!, { user })
    expect(action).toBe(`${publicUrl}/auth/callback`)
    return { login, body: new URLSearchParams(fields).toString() }
  }

  function post(body: string, headers: Record<string, string> = {}): Promise<BrowserReply> {
    return browser.navigate(stack.url('/auth/callback'), {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: stack.entra.origin,
        'sec-fetch-site': 'cross-site',
        ...headers,
      },
    })
  }

  test('E-01 E-02 B-12 binds with SameSite=None and signs in by POST', async () => {
    const { login, body } = await startForm('?returnTo=/orders')
    expect(new URL(login.headers['location']!).searchParams.get('response_mode')).toBe('form_post')
    expect(login.setCookies).toEqual([
      expect.stringMatching(
        /^__Host-Http-login=[\w-]{43}; path=\/; secure; samesite=none; httponly$/,
      ),
    ])
    const reply = await post(body)
    expectArrival(reply, `${publicUrl}/orders`)
    expect(reply.setCookies).toEqual([
      expect.stringMatching(
        /^__Host-Http-session=[\w.-]{87}; max-age=\d+; path=\/; secure; samesite=strict; httponly$/,
      ),
    ])
    expect(reply.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
    expectArrival(await post(body), `${publicUrl}/orders`)
    expect(await stack.admin.requests({ kind: 'token' })).toHaveLength(1)
  })

  test.each(['GET', 'HEAD', 'PUT'])('B-12 %s is not allowed', async (method) => {
    const { body } = await startForm()
    stack.storage.reset()
    const reply = await browser.send(stack.url(`/auth/callback?${body}`), { method })
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST'])
    expect(stack.storage.counts()).toEqual({})
  })

  test('B-12 a body that is no form redeems nothing', async () => {
    const { body } = await startForm()
    const json = JSON.stringify(Object.fromEntries(new URLSearchParams(body)))
    stack.storage.reset()
    for (const [text, type] of [
      [json, 'application/json'],
      [body, 'text/plain'],
      [body, 'multipart/form-data'],
      [`${body}&pad=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded'],
    ] as const)
      expectErrorPage(await post(text, { 'content-type': type }), 400, 'login_failed')
    expect(stack.storage.counts()).toEqual({})
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
  })

  test('B-02 B-07 states and doubles are checked as in a query', async () => {
    const { body } = await startForm()
    expectErrorPage(await post(body.replace('state=v1', 'state=v2')), 400, 'login_not_started')
    expectErrorPage(await post(`${body}&code=x`), 400, 'login_failed')
    expectErrorPage(await post(''), 400, 'login_not_started')
    browser.cookies.clear()
    expectErrorPage(await post(body), 400, 'login_not_started')
  })

  test('B-11 a script that posts redeems nothing', async () => {
    const { body } = await startForm()
    expectProblem(await post(body, { 'sec-fetch-mode': 'no-cors' }), 403, 'not_a_navigation')
  })

  test('parameters of the URL do not count', async () => {
    const { body } = await startForm()
    const reply = await browser.navigate(stack.url(`/auth/callback?${body}`), {
      method: 'POST',
      body: 'x=y',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expectErrorPage(reply, 400, 'login_not_started')
  })
})

describe('SESSION_SAME_SITE=Lax', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ settings: { SESSION_SAME_SITE: 'Lax' } })
  })
  afterAll(async () => {
    expectCleanAnswers(stack)
    await stack.stop()
  })

  test('B-01 E-02 the callback redirects with 303, and a repeated one does too', async () => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { query: '?returnTo=/日本%23top' })
    for (const reply of [
      await browser.navigate(callbackUrl),
      await browser.navigate(callbackUrl),
    ]) {
      expect([reply.status, reply.headers['location'], reply.text]).toEqual([
        303,
        `${stack.origin}/%E6%97%A5%E6%9C%AC#top`,
        '',
      ])
      expect(reply.setCookies).toEqual([
        expect.stringMatching(/^session=[^;]{87}; max-age=\d+; path=\/; samesite=lax; httponly$/),
      ])
    }
  })

  test('E-04 a sign-out deletes the cookie with the same attributes', async () => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    const reply = await browser.call('POST', stack.url('/auth/logout'))
    expect(reply.setCookies).toEqual(['session=; max-age=0; path=/; samesite=lax; httponly'])
  })
})

describe('several storage accounts', () => {
  let stack: Stack
  beforeAll(async () => {
    stack = await startStack({ accounts: 2 })
  })
  afterAll(() => stack.stop())

  test('take turns by chance, and each session is found in its own', async () => {
    const missing = new Set(['0', '1'])
    for (let attempt = 0; attempt < 60 && missing.size > 0; attempt++) {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      const account = callbackUrl.searchParams.get('state')!.split('.')[2]!.charAt(0)
      if (!missing.delete(account)) continue
      expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
      const read = await browser.call('GET', stack.url('/auth/session'))
      expect(read.json()).toMatchObject({ authenticated: true })
      const all = await browser.call('POST', stack.url('/auth/logout'), {
        body: '{"everywhere":true}',
      })
      expect(all.status).toBe(200)
    }
    expect([...missing]).toEqual([])
  })
})
