import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { httpAnswer, unauthorized } from '../support/recorder-upstream.ts'
import { signIn, startSignIn } from '../support/stack.ts'
import { type ProxyStack, tokenHash } from './proxy-stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()

let browser: HttpBrowser

test.beforeEach(async ({ stack }) => {
  stack.recorder.reset()
  browser = await signIn(stack)
  await browser.call('GET', path(stack, 'demo/first'))
  stack.recorder.reset()
  stack.storage.reset()
  await stack.admin.clearRequests()
})

const path = (stack: ProxyStack, suffix: string) => stack.url(`/api/${suffix}`)
const ok = httpAnswer(200, {}, 'yes')
const encode = (claims: string) => Buffer.from(claims).toString('base64')
const challenge = (claims: string) =>
  unauthorized(`Bearer realm="", error="insufficient_claims", claims="${encode(claims)}"`)
/** What the provider can satisfy without the user: a token from after an event. */
const revoked = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
/** What only the user can satisfy. */
const stronger = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

const tokensSent = (stack: ProxyStack) =>
  stack.recorder.calls.map((call) => tokenHash(call.header('authorization')))

/** A 401 of ours that sends the user to the provider; gives the step of its loginUrl. */
function expectStep(stack: ProxyStack, reply: BrowserReply, reason: string): string {
  expect([reply.status, reply.json()]).toMatchObject([
    401,
    { code: 'interaction_required', reason },
  ])
  expect(reply.headers).not.toHaveProperty('x-upstream')
  expect(reply.headers['www-authenticate']).toBe('Cookie')
  const url = new URL(reply.json<{ loginUrl: string }>().loginUrl)
  expect(url.href).toMatch(new RegExp(`^${stack.origin}/auth/login\\?step=[\\w-]{22}$`))
  expect(reply.text).not.toMatch(/access_token|acrs/)
  return url.search
}

async function expectSignedIn(stack: ProxyStack): Promise<void> {
  const session = await browser.call('GET', stack.url('/auth/session'))
  expect(session.json()).toMatchObject({ authenticated: true })
}

describe('a 401 without a challenge (G-13)', () => {
  test.for(['GET', 'HEAD', 'PUT', 'DELETE'])(
    '%s gets another token, and is sent again',
    async (method, { stack }) => {
      stack.recorder.answer(unauthorized('Bearer error="invalid_token"'), ok)
      const reply = await browser.call(method, path(stack, 'demo/x'))
      expect([reply.status, reply.headers['x-upstream']]).toEqual([200, 'demo'])
      const [request, ...more] = await stack.tokenRequests()
      expect(more).toEqual([])
      const [first, second, ...others] = tokensSent(stack)
      expect(others).toEqual([])
      expect(second).toBe(request?.issued?.['access_token'])
      expect(first).not.toBe(second)
      await browser.call('GET', path(stack, 'demo/y'))
      expect(tokensSent(stack)[2]).toBe(second)
    },
  )

  test('is passed on after that, and ends no session', async ({ stack }) => {
    stack.recorder.answer(unauthorized('Basic realm="x"'))
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.text, reply.headers['x-upstream']]).toEqual([401, 'no', 'demo'])
    expect(reply.headers).not.toHaveProperty('www-authenticate')
    expect(stack.recorder.calls).toHaveLength(2)
    expect(await stack.tokenRequests()).toHaveLength(1)
    await expectSignedIn(stack)
  })

  test.for(['POST', 'PATCH'])('%s is sent once (G-20)', async (method, { stack }) => {
    stack.recorder.answer(unauthorized('Bearer'))
    const reply = await browser.call(method, path(stack, 'demo/x'), { body: '{}' })
    expect([reply.status, reply.headers['x-upstream']]).toEqual([401, 'demo'])
    expect(stack.recorder.calls).toHaveLength(1)
    expect(await stack.tokenRequests()).toEqual([])
  })

  test('many at once cause one token request', async ({ stack }) => {
    const refused = new Set<string>()
    stack.recorder.answer((call, socket) => {
      const token = tokenHash(call.header('authorization'))
      if (refused.size === 0) refused.add(token)
      const answer = refused.has(token) ? unauthorized('Bearer') : ok
      answer(call, socket)
    })
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => browser.call('GET', path(stack, 'demo/x'))),
    )
    expect(replies.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    expect(await stack.tokenRequests()).toHaveLength(1)
  })

  test('while the provider is away is a 503, and ends no session', async ({ stack }) => {
    await stack.admin.fault('unavailable')
    stack.recorder.answer(unauthorized('Bearer'))
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.json()['code']]).toEqual([503, 'identity_provider_unavailable'])
    expect(stack.recorder.calls).toHaveLength(1)
    await expectSignedIn(stack)
  })

  test('when the provider ends the session is ours: sign in', async ({ stack }) => {
    await stack.admin.fault('refresh_revoked')
    stack.recorder.answer(unauthorized('Bearer'))
    // Right after a sign-in another one would not help: then it is 403.
    await stack.advance(61)
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.json()['code']]).toEqual([401, 'session_expired'])
    expect((await browser.call('GET', stack.url('/auth/session'))).json()).toMatchObject({
      authenticated: false,
    })
  })
})

test('403 is passed on, and no token is asked for', async ({ stack }) => {
  stack.recorder.answer(
    httpAnswer(403, { 'www-authenticate': 'Bearer error="insufficient_scope"' }),
  )
  const reply = await browser.call('GET', path(stack, 'demo/x'))
  expect([reply.status, reply.headers['x-upstream']]).toEqual([403, 'demo'])
  expect(await stack.tokenRequests()).toEqual([])
})

describe('a claims challenge that the provider can satisfy (G-14)', () => {
  test('costs one token request with the claims, and the call goes again', async ({ stack }) => {
    stack.recorder.answer(challenge(revoked), ok)
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.text]).toEqual([200, 'yes'])
    const [request, ...more] = await stack.tokenRequests()
    expect(more).toEqual([])
    expect(request?.parameters).toMatchObject({ grant_type: 'refresh_token', claims: revoked })
    expect(tokensSent(stack)[1]).toBe(request?.issued?.['access_token'])
  })

  test('keeps the capability of an API with continuous access evaluation (N-07)', async ({
    stack,
  }) => {
    stack.recorder.answer(challenge(revoked), ok)
    await browser.call('GET', path(stack, 'cae/x'))
    const requests = await stack.tokenRequests()
    expect(requests.map(({ parameters }) => JSON.parse(String(parameters['claims'])))).toEqual([
      { access_token: { xms_cc: { values: ['cp1'] } } },
      {
        access_token: {
          nbf: { essential: true, value: '1604106651' },
          xms_cc: { values: ['cp1'] },
        },
      },
    ])
  })

  test('gives a POST its token, but does not send it twice', async ({ stack }) => {
    stack.recorder.answer(challenge(revoked), ok)
    const refused = await browser.call('POST', path(stack, 'demo/x'), { body: '{}' })
    expect([refused.status, refused.headers['x-upstream']]).toEqual([401, 'demo'])
    expect(stack.recorder.calls).toHaveLength(1)
    expect((await browser.call('POST', path(stack, 'demo/x'), { body: '{}' })).status).toBe(200)
    expect(await stack.tokenRequests()).toHaveLength(1)
    const [first, second] = tokensSent(stack)
    expect(first).not.toBe(second)
  })

  test('but the API never: the user is asked, and no loop runs', async ({ stack }) => {
    stack.recorder.answer(challenge(revoked))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    expect(stack.recorder.calls).toHaveLength(2)
    expect(await stack.tokenRequests()).toHaveLength(1)
    // From now on the provider is not asked again for what did not help.
    expect(expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')).toBe(step)
    expect(stack.recorder.calls).toHaveLength(3)
    expect(await stack.tokenRequests()).toEqual([])
    await expectSignedIn(stack)
  })
})

describe('a claims challenge that needs the user (G-14, D-08, R-34)', () => {
  test('asks the provider first, then the user, who comes back to an answer', async ({ stack }) => {
    const refused = await browser.call('GET', path(stack, 'real/sensitive'))
    const step = expectStep(stack, refused, 'claims')
    const asked = (await stack.tokenRequests()).map(({ parameters }) => parameters['claims'])
    expect(asked).toEqual([undefined, stronger])

    const { login, callbackUrl } = await startSignIn(stack, browser, { query: step })
    const request = new URL(login.headers['location']!).searchParams
    expect(request.get('claims')).toBe(stronger)
    expect(request.get('scope')).toBe(
      'openid profile email offline_access api://entra-bff-demo/access_as_user',
    )
    const before = new Map(browser.cookies)
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
    await stack.admin.clearRequests()
    const reply = await browser.call('GET', path(stack, 'real/sensitive'))
    expect([reply.status, reply.json()]).toEqual([200, { salary: 'a round figure', acrs: ['c1'] }])
    expect((await stack.tokenRequests())[0]?.parameters['claims']).toBe(stronger)
    // The session that stepped up took the place of the other.
    const old = await createHttpBrowser(before).call('GET', stack.url('/auth/session'))
    expect(old.json()).toMatchObject({ authenticated: false })
    // The step is used up: the same link is a plain sign-in from now on.
    const again = await browser.navigate(stack.url(`/auth/login${step}`))
    expect(new URL(again.headers['location']!).searchParams.has('claims')).toBe(false)
  })

  test('many at once get one step, for one token request', async ({ stack }) => {
    stack.recorder.answer(challenge(stronger))
    const replies = await Promise.all(
      Array.from({ length: 10 }, () => browser.call('GET', path(stack, 'demo/x'))),
    )
    expect(new Set(replies.map((reply) => expectStep(stack, reply, 'claims'))).size).toBe(1)
    expect(await stack.tokenRequests()).toHaveLength(1)
    const events = stack.hosts[0]!.logs.filter(({ message }) =>
      message.includes('bff.session.step_up_required'),
    )
    expect(JSON.parse(events.at(-1)!.message)).toMatchObject({ upstream: 'demo', reason: 'claims' })
  })

  test('of one browser is nothing in another', async ({ stack }) => {
    stack.recorder.answer(challenge(stronger))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    const other = await signIn(stack)
    const { login } = await startSignIn(stack, other, { query: step })
    expect(new URL(login.headers['location']!).searchParams.has('claims')).toBe(false)
  })

  test('that the step-up did not end is passed on for a minute, then asked again', async ({
    stack,
  }) => {
    stack.recorder.answer(challenge(stronger))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    await signIn(stack, browser, { query: step })
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.headers['x-upstream']]).toEqual([401, 'demo'])
    await stack.advance(61)
    expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
  })

  test('leaves the other APIs alone', async ({ stack }) => {
    stack.recorder.answer(challenge(stronger))
    expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    expect((await browser.call('GET', path(stack, 'graph/x'))).status).toBe(200)
  })

  test('that a policy forbids is 403', async ({ stack }) => {
    await stack.admin.fault('refresh_conditional_access')
    stack.recorder.answer(challenge(stronger))
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.json()]).toMatchObject([
      403,
      { code: 'access_denied', reason: 'conditional_access' },
    ])
    await expectSignedIn(stack)
  })
})

describe('a step-up challenge of RFC 9470', () => {
  const demand = (rest: string) =>
    unauthorized(`Bearer error="insufficient_user_authentication", ${rest}`)

  test('for an authentication context asks as a claims challenge does', async ({ stack }) => {
    stack.recorder.answer(demand('acr_values="c1"'))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    expect((await stack.tokenRequests())[0]?.parameters['claims']).toBe(stronger)
    const { login } = await startSignIn(stack, browser, { query: step })
    expect(new URL(login.headers['location']!).searchParams.get('claims')).toBe(stronger)
  })

  test('for a younger authentication goes to the user at once', async ({ stack }) => {
    stack.recorder.answer(demand('max_age="300"'))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    expect(await stack.tokenRequests()).toEqual([])
    const { login, callbackUrl } = await startSignIn(stack, browser, { query: step })
    expect(new URL(login.headers['location']!).searchParams.get('max_age')).toBe('300')
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
    stack.recorder.answer(ok)
    expect((await browser.call('GET', path(stack, 'demo/x'))).status).toBe(200)
    expect((await stack.tokenRequests()).at(-1)?.parameters).not.toHaveProperty('claims')
  })

  test('is checked in the result: an old authentication signs nobody in (C-16)', async ({
    stack,
  }) => {
    stack.recorder.answer(demand('max_age="300"'))
    const step = expectStep(stack, await browser.call('GET', path(stack, 'demo/x')), 'claims')
    const { callbackUrl } = await startSignIn(stack, browser, { query: step })
    await stack.admin.fault({ on: 'token', idToken: { claims: { auth_time: 1 } } })
    const reply = await browser.navigate(callbackUrl)
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining('login_failed')])
  })
})

describe('missing consent', () => {
  test('is asked of the user, for that API alone, and then the call goes', async ({ stack }) => {
    const refused = await browser.call('GET', path(stack, 'write/x'))
    const step = expectStep(stack, refused, 'consent')
    expect(stack.recorder.calls).toEqual([])
    const { login, callbackUrl } = await startSignIn(stack, browser, { query: step })
    expect(new URL(login.headers['location']!).searchParams.get('scope')).toBe(
      'openid profile email offline_access api://entra-bff-demo/Orders.Write',
    )
    expect((await browser.navigate(callbackUrl)).status).toBe(200)
    expect((await browser.call('GET', path(stack, 'write/x'))).status).toBe(200)
    const token = stack.recorder.calls[0]!.header('authorization')!.slice('Bearer '.length)
    expect(decodeJwt(token)['scp']).toBe('Orders.Write')
  })
})

describe('what is no challenge that can be read', () => {
  test.for([
    ['claims of no JSON', `Bearer error="insufficient_claims", claims="${encode('nonsense')}"`],
    ['claims of another kind', `Bearer error="insufficient_claims", claims="${encode('[1]')}"`],
    ['no base64', 'Bearer error="insufficient_claims", claims="%%%"'],
    ['no claims', 'Bearer error="insufficient_claims"'],
    ['too much', `Bearer error="insufficient_claims", claims="${'A'.repeat(9_000)}"`],
    ['a quote without end', 'Bearer error="insufficient_claims, claims="'],
    ['nothing but commas', ',,,,'],
    ['bytes', '\u00ff\u00fe="\\'],
  ] as const)('%s: the 401 is passed on after one more try', async ([_name, header], { stack }) => {
    stack.recorder.answer(unauthorized(header))
    const reply = await browser.call('GET', path(stack, 'demo/x'))
    expect([reply.status, reply.headers['x-upstream']]).toEqual([401, 'demo'])
    expect(stack.recorder.calls).toHaveLength(2)
  })
})

test('an API that refuses every token makes nobody ask for one at every call', async ({
  stack,
}) => {
  await stack.restart({ ...stack.upstreams, REFRESH_COOLDOWN_SECONDS: '30' })
  stack.recorder.answer(unauthorized('Bearer'))
  for (let index = 0; index < 3; index++) await browser.call('GET', path(stack, 'demo/x'))
  expect(stack.recorder.calls).toHaveLength(4)
  expect(await stack.tokenRequests()).toHaveLength(1)
  await stack.advance(100)
  await browser.call('GET', path(stack, 'demo/x'))
  expect(await stack.tokenRequests()).toHaveLength(1)
})
