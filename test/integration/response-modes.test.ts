import { describe, expect } from 'vitest'
import { expectArrival, expectErrorPage, expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { type Stack, startSignIn } from '../support/stack.ts'

const publicUrl = 'https://app.example.com'

const formPostTest = stackTest({
  settings: { PUBLIC_URL: publicUrl, RESPONSE_MODE: 'form_post' },
})
const laxTest = stackTest({ settings: { SESSION_SAME_SITE: 'Lax' } })
const twoAccountsTest = stackTest({ accounts: 2 })

describe('RESPONSE_MODE=form_post', () => {
  let browser: HttpBrowser
  formPostTest.beforeEach(async ({ stack }) => {
    browser = createHttpBrowser()
    await stack.admin.clearRequests()
  })

  async function startForm(
    stack: Stack,
    query = '',
  ): Promise<{ login: BrowserReply; body: string }> {
    const headers = { 'x-forwarded-host': new URL(publicUrl).host }
    const login = await browser.navigate(stack.url(`/auth/login${query}`), { headers })
    const user = 'ada@contoso.test'
    const { action, fields } = await stack.admin.authorize(login.headers['location']!, { user })
    expect(action).toBe(`${publicUrl}/auth/callback`)
    return { login, body: new URLSearchParams(fields).toString() }
  }

  function post(
    stack: Stack,
    body: string,
    headers: Record<string, string> = {},
  ): Promise<BrowserReply> {
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

  formPostTest(
    'E-01 E-02 B-12 binds with SameSite=None and signs in by POST',
    async ({ stack }) => {
      const { login, body } = await startForm(stack, '?returnTo=/orders')
      expect(new URL(login.headers['location']!).searchParams.get('response_mode')).toBe(
        'form_post',
      )
      expect(login.setCookies).toEqual([
        expect.stringMatching(
          /^__Host-Http-login=[\w-]{43}; max-age=600; path=\/; secure; samesite=none; httponly$/,
        ),
      ])
      const reply = await post(stack, body)
      expectArrival(reply, `${publicUrl}/orders`)
      expect(reply.setCookies).toEqual([
        expect.stringMatching(
          /^__Host-Http-session=[\w.-]{131}; max-age=\d+; path=\/; secure; samesite=strict; httponly$/,
        ),
      ])
      expect(reply.headers['strict-transport-security']).toBe('max-age=31536000; includeSubDomains')
      expectArrival(await post(stack, body), `${publicUrl}/orders`)
      expect(await stack.admin.requests({ kind: 'token' })).toHaveLength(1)
    },
  )

  formPostTest.for(['GET', 'HEAD', 'PUT'])('B-12 %s is not allowed', async (method, { stack }) => {
    const { body } = await startForm(stack)
    stack.storage.reset()
    const reply = await browser.send(stack.url(`/auth/callback?${body}`), { method })
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST'])
    expect(stack.storage.counts()).toEqual({})
  })

  formPostTest('B-12 a body that is no form redeems nothing', async ({ stack }) => {
    const { body } = await startForm(stack)
    const json = JSON.stringify(Object.fromEntries(new URLSearchParams(body)))
    stack.storage.reset()
    for (const [text, type] of [
      [json, 'application/json'],
      [body, 'text/plain'],
      [body, 'multipart/form-data'],
      [`${body}&pad=${'x'.repeat(70_000)}`, 'application/x-www-form-urlencoded'],
    ] as const)
      expectErrorPage(await post(stack, text, { 'content-type': type }), 400, 'login_failed')
    expect(stack.storage.counts()).toEqual({})
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
  })

  formPostTest('B-02 B-07 states and doubles are checked as in a query', async ({ stack }) => {
    const { body } = await startForm(stack)
    expectErrorPage(
      await post(stack, body.replace('state=v1', 'state=v2')),
      400,
      'login_not_started',
    )
    expectErrorPage(await post(stack, `${body}&code=x`), 400, 'login_failed')
    expectErrorPage(await post(stack, ''), 400, 'login_not_started')
    browser.cookies.clear()
    expectErrorPage(await post(stack, body), 400, 'login_not_started')
  })

  formPostTest('B-11 a script that posts redeems nothing', async ({ stack }) => {
    const { body } = await startForm(stack)
    expectProblem(await post(stack, body, { 'sec-fetch-mode': 'no-cors' }), 403, 'not_a_navigation')
  })

  formPostTest('parameters of the URL do not count', async ({ stack }) => {
    const { body } = await startForm(stack)
    const reply = await browser.navigate(stack.url(`/auth/callback?${body}`), {
      method: 'POST',
      body: 'x=y',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expectErrorPage(reply, 400, 'login_not_started')
  })
})

describe('SESSION_SAME_SITE=Lax', () => {
  laxTest(
    'B-01 E-02 the callback redirects with 303, and a repeated one does too',
    async ({ stack }) => {
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
          expect.stringMatching(
            /^session=[^;]{131}; max-age=\d+; path=\/; samesite=lax; httponly$/,
          ),
        ])
      }
    },
  )

  laxTest('E-04 a sign-out deletes the cookie with the same attributes', async ({ stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    const reply = await browser.call('POST', stack.url('/auth/logout'))
    expect(reply.setCookies).toEqual(['session=; max-age=0; path=/; samesite=lax; httponly'])
  })
})

describe('several storage accounts', () => {
  twoAccountsTest(
    'take turns by chance, and each session is found in its own',
    async ({ stack }) => {
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
    },
  )
})
