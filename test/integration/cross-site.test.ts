import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { type Stack, startSignIn } from '../support/stack.ts'

const own = 'https://api.example.com'
const sibling = 'https://app.example.com'

const test = stackTest({ settings: { PUBLIC_URL: own, ALLOWED_ORIGINS: sibling } })

let browser: HttpBrowser
test.beforeAll(async ({ stack }) => {
  browser = createHttpBrowser()
  const { callbackUrl } = await startSignIn(stack, browser, {
    query: `?returnTo=${encodeURIComponent(`${sibling}/orders`)}`,
  })
  const arrival = await browser.navigate(
    new URL(`${callbackUrl.pathname}${callbackUrl.search}`, stack.origin),
  )
  expect(arrival.headers['refresh']).toBe(`0; url=${sibling}/orders`)
})
test.beforeEach(({ stack }) => stack.admin.clearRequests())

type Headers = Record<string, string>

/** What a page may send: our own headers, and what tracing libraries add by themselves. */
const acceptedHeaders =
  'X-CSRF, Content-Type, X-Expected-User, Traceparent, Tracestate, Baggage, Request-Id, ' +
  'Request-Context, Sentry-Trace, Client-Request-Id, X-Ms-Client-Request-Id, ' +
  'X-Ms-Client-Session-Id, X-Correlation-Id, X-Request-Id'

/** A request that must be refused before cookie, storage and provider are looked at. */
async function refused(
  stack: Stack,
  method: string,
  path: string,
  headers: Headers,
  body?: string,
): Promise<BrowserReply> {
  stack.storage.reset()
  const reply = await browser.send(stack.url(path), {
    method,
    headers,
    ...(body !== undefined && { body }),
  })
  expect(stack.storage.counts()).toEqual({})
  expect(await stack.admin.requests()).toEqual([])
  expect(reply.setCookies).toEqual([])
  return reply
}

const sameOrigin = { 'x-csrf': '1', origin: own, 'sec-fetch-site': 'same-origin' }
const calls = [
  ['GET', '/auth/session'],
  ['POST', '/auth/refresh'],
  ['POST', '/auth/logout'],
  ['GET', '/auth/sessions'],
  ['DELETE', `/auth/sessions/${'A'.repeat(43)}`],
] as const

describe.each(calls)('%s %s', (method, path) => {
  test('F-02 a foreign, null or similar origin is refused', async ({ stack }) => {
    for (const origin of [
      'https://evil.example',
      'null',
      'https://api.example.com.evil.example',
      'https://evil-api.example.com',
      'https://evil.example.com',
      'http://api.example.com',
      'https://api.example.com:444',
      'https://API.example.com',
      'https://api.example.com.',
      'https://api.example.com/',
      'https://app.example.com.',
      `${own},${own}`,
      `${own} https://evil.example`,
      '',
    ]) {
      const reply = await refused(stack, method, path, { ...sameOrigin, origin })
      expectProblem(reply, 403, 'csrf_failed')
      expect([origin, reply.json()['check']]).toEqual([origin, 'origin'])
      expect(reply.headers['access-control-allow-origin']).toBeUndefined()
    }
  })

  test('F-03 a cross-site request is refused, whatever its origin, and a same-site one without', async ({
    stack,
  }) => {
    for (const headers of [
      { 'x-csrf': '1', 'sec-fetch-site': 'cross-site' },
      { ...sameOrigin, 'sec-fetch-site': 'cross-site' },
      { 'x-csrf': '1', 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    ] satisfies Headers[]) {
      const reply = await refused(stack, method, path, headers)
      expectProblem(reply, 403, 'csrf_failed')
      expect(reply.json()).toMatchObject({ check: 'fetch-site' })
    }
    const reply = await refused(stack, method, path, {
      'x-csrf': '1',
      'sec-fetch-site': 'same-site',
    })
    expectProblem(reply, 403, 'csrf_failed')
    expect(reply.json()).toMatchObject({ check: 'origin' })
  })

  test('F-04 an allowed sibling is answered with its own origin and credentials', async ({
    stack,
  }) => {
    const reply = await createHttpBrowser().send(stack.url(path), {
      method,
      headers: { 'x-csrf': '1', origin: sibling, 'sec-fetch-site': 'same-site' },
    })
    expect([200, 401]).toContain(reply.status)
    expect(reply.headers).toMatchObject({
      'access-control-allow-origin': sibling,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'X-Correlation-Id, Retry-After, X-Upstream',
      vary: expect.stringContaining('Origin'),
      'cross-origin-resource-policy': 'same-site',
    })
  })

  test('F-04 F-05 a preflight is answered without any work', async ({ stack }) => {
    const ask = (stack: Stack, origin?: string) =>
      refused(stack, 'OPTIONS', path, {
        ...(origin !== undefined && { origin }),
        'access-control-request-method': method,
        'access-control-request-headers': 'x-csrf,content-type',
        'sec-fetch-site': 'cross-site',
      })
    const allowed = await ask(stack, sibling)
    expect([allowed.status, allowed.text]).toEqual([204, ''])
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': sibling,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': expect.stringContaining(method),
      'access-control-allow-headers': acceptedHeaders,
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
    for (const origin of ['https://evil.example', 'null', `${sibling}.evil.example`, undefined]) {
      const reply = await ask(stack, origin)
      expect(reply.status).toBe(204)
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-'))).toEqual([])
      expect(reply.headers['vary']).toContain('Origin')
    }
  })
})

describe.each(calls.filter(([, path]) => path !== '/auth/session'))('%s %s', (method, path) => {
  test('F-01 R-36 demands the header to the letter', async ({ stack }) => {
    for (const value of [undefined, '', '0', '2', 'true', '1, 1', '1,1', '01', '1;']) {
      const { 'x-csrf': _header, ...others } = sameOrigin
      const headers = value === undefined ? others : { ...others, 'x-csrf': value }
      const reply = await refused(stack, method, path, headers)
      expectProblem(reply, 403, 'csrf_failed')
      expect(reply.json()).toMatchObject({ check: 'header' })
    }
  })

  test('F-06 shapes that need no preflight do not pass', async ({ stack }) => {
    if (method !== 'POST') return
    for (const type of ['text/plain', 'multipart/form-data; boundary=x', 'application/json'])
      expectProblem(
        await refused(
          stack,
          method,
          `${path}?X-CSRF=1`,
          { origin: own, 'content-type': type },
          '{"x-csrf":1}',
        ),
        403,
        'csrf_failed',
      )
    expect(
      (await refused(stack, 'GET', `${path}?_method=POST`, { 'x-http-method-override': 'POST' }))
        .status,
    ).not.toBe(303)
  })
})

test('E-10 F-01 the session is not readable by a sibling page without the header', async ({
  stack,
}) => {
  for (const headers of [
    { origin: sibling, 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' },
    { origin: sibling },
  ] satisfies Headers[]) {
    const reply = await refused(stack, 'GET', '/auth/session', headers)
    expectProblem(reply, 403, 'csrf_failed')
  }
})

test('E-10 nor by a page of another site, as a script, an image or a frame', async ({ stack }) => {
  for (const dest of ['script', 'image', 'iframe', 'object', 'empty']) {
    const reply = await refused(stack, 'GET', '/auth/session', {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': dest === 'iframe' || dest === 'object' ? 'navigate' : 'no-cors',
      'sec-fetch-dest': dest,
    })
    expectProblem(reply, 403, 'csrf_failed')
    expect(reply.json()).toMatchObject({ check: 'fetch-site' })
  }
})

test('F-08 O-06 the checks go with the function, not with how its path is written', async ({
  stack,
}) => {
  for (const path of [
    '/AUTH/REFRESH',
    '/auth/refresh/',
    '/auth/%72efresh',
    '/auth/refresh?x=/auth/login',
    '/auth/refresh#/auth/callback',
    '/auth/./refresh',
    '/auth/x/../refresh',
  ]) {
    const reply = await browser.send(stack.url(path), { method: 'POST', headers: { origin: own } })
    expect([path, reply.status]).toEqual([path, 403])
  }
})

test('F-09 only login, callback, sign-out pages and front-channel sign-out can be reached from another site', async ({
  stack,
}) => {
  const reached: string[] = []
  for (const { route, name } of stack.hosts[0]!.functions) {
    const path = `/${route!.replace('{id}', 'x').replace('{upstream}', 'x').replace('{*path}', 'x')}`
    const reply = await createHttpBrowser().send(stack.url(path), {
      headers: {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
        'x-csrf': '1',
      },
    })
    if (reply.status !== 403 && reply.status !== 405) reached.push(name)
  }
  expect(reached.sort()).toEqual(
    expect.arrayContaining([
      'callback',
      'healthLive',
      'healthReady',
      'login',
      'logout',
      'logoutCallback',
      'logoutFrontchannel',
    ]),
  )
  for (const name of ['refresh', 'session', 'sessions', 'sessionById', 'zz_proxy'])
    expect(reached).not.toContain(name)
})

describe('the form of the sign-out page', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }

  test('F-02 H-01 is taken from our own page alone', async ({ stack }) => {
    for (const headers of [
      {},
      { origin: 'null' },
      { origin: sibling },
      { origin: 'https://evil.example' },
      { origin: `${own}.evil.example` },
      { origin: own, 'sec-fetch-site': 'cross-site' },
      { origin: own, 'sec-fetch-site': 'same-site' },
      { origin: own, 'sec-fetch-site': 'none' },
      { 'sec-fetch-site': 'same-origin' },
      { 'x-csrf': '1' },
    ] satisfies Headers[]) {
      const reply = await refused(
        stack,
        'POST',
        '/auth/logout',
        { ...form, ...headers },
        'returnTo=/',
      )
      expectProblem(reply, 403, 'csrf_failed')
    }
  })

  test('O-02 F-02 a spoofed host does not make another origin ours', async ({ stack }) => {
    const reply = await refused(
      stack,
      'POST',
      '/auth/logout',
      {
        ...form,
        origin: 'https://evil.example',
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
      },
      '',
    )
    expectProblem(reply, 403, 'csrf_failed')
  })
})

test('after all of that the session is still there', async ({ stack }) => {
  const reply = await browser.send(stack.url('/auth/session'), { headers: sameOrigin })
  expect(reply.json()).toMatchObject({ authenticated: true, logoutUrl: `${own}/auth/logout` })
})
