import { describe, expect } from 'vitest'
import { clientSecret } from '../../dev/entra/defaults.ts'
import type { VaultFault } from '../../dev/key-vault/faults.ts'
import { expectArrival, expectErrorPage, expectProblem } from '../support/answers.ts'
import type { FaultRule } from '../support/fault-proxy.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'

const test = stackTest({ ownAzurite: true })

let browser: HttpBrowser
test.beforeEach(async ({ stack }) => {
  browser = await signIn(stack)
  await stack.admin.clearRequests()
})

const login = (stack: Stack): Promise<BrowserReply> =>
  createHttpBrowser().navigate(stack.url('/auth/login'))
const read = (stack: Stack): Promise<BrowserReply> =>
  browser.call('GET', stack.url('/auth/session'))
const refresh = (stack: Stack): Promise<BrowserReply> =>
  browser.call('POST', stack.url('/auth/refresh'))

/** Nobody was signed out, nobody let in, and everything works again without a restart. */
async function expectHealed(stack: Stack): Promise<void> {
  expect((await read(stack)).json()).toMatchObject({ authenticated: true })
  expect((await refresh(stack)).status).toBe(200)
  await signIn(stack)
}

describe('Table Storage', () => {
  const faults: [string, Omit<FaultRule, 'match'>][] = [
    ['that refuses every connection', { action: 'reset' }],
    [
      'that is too busy',
      { action: 'status', status: 503, code: 'ServerBusy', retryAfterSeconds: 20 },
    ],
    ['that forbids', { action: 'status', status: 403, code: 'AuthorizationFailure' }],
    ['that talks nonsense', { action: 'garbage' }],
    ['that answers 404 without its own code', { action: 'status', status: 404, code: 'x' }],
    ['that does not know its tables', { action: 'status', status: 404, code: 'TableNotFound' }],
  ]
  test.for(faults)('E-11 L-04 %s', async ([, rule], { stack }) => {
    const started = await startSignIn(stack, createHttpBrowser())
    const other = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, other)
    stack.storage.rules.add(rule)
    expectErrorPage(await login(stack), 503, 'storage_unavailable')
    expectErrorPage(await other.navigate(callbackUrl), 503, 'storage_unavailable')
    for (const reply of [await read(stack), await refresh(stack)]) {
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      if (rule.retryAfterSeconds) expect(reply.headers['retry-after']).toBe('20')
    }
    expectErrorPage(
      await createHttpBrowser().navigate(started.callbackUrl),
      400,
      'login_not_started',
    )
    expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
    stack.storage.rules.clear()
    await expectHealed(stack)
  })

  test('that is slow is waited for', async ({ stack }) => {
    stack.storage.rules.add({ action: 'delay', ms: 700 })
    expect((await read(stack)).json()).toMatchObject({ authenticated: true })
    await signIn(stack)
  })

  test('that never answers is given up in time, once for each request', async ({ stack }) => {
    stack.storage.rules.add({ action: 'hang' })
    const startedAt = performance.now()
    const replies = await Promise.all([login(stack), read(stack), refresh(stack)])
    expectErrorPage(replies[0], 503, 'storage_unavailable')
    for (const reply of replies.slice(1)) expectProblem(reply, 503, 'storage_unavailable')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    stack.storage.rules.clear()
    await expectHealed(stack)
  })
})

describe('the vault', () => {
  const faults: [string, VaultFault, string][] = [
    ['down', { kind: 'down' }, 'vault_unavailable'],
    ['throttling', { kind: 'throttled', retryAfterSeconds: 30 }, 'vault_unavailable'],
    ['talking nonsense', { kind: 'garbage' }, 'vault_unavailable'],
    ['forbidding', { kind: 'forbidden' }, 'configuration_error'],
    ['silent', { kind: 'hang' }, 'vault_unavailable'],
  ]
  test.for(faults)(
    '%s when an instance starts: nobody is let in or signed out',
    async ([, fault, code], { stack }) => {
      stack.vault.setFault(fault)
      await stack.restart()
      expectErrorPage(await login(stack), 503, code)
      const reply = await read(stack)
      expectProblem(reply, 503, code)
      expect(reply.setCookies).toEqual([])
      expectProblem(await refresh(stack), 503, code)
      expectErrorPage(
        await browser.navigate(stack.url('/auth/callback?code=x&state=y')),
        400,
        'login_not_started',
      )
      stack.vault.setFault(undefined)
      await stack.advance(61)
      await expect.poll(async () => (await read(stack)).status, { timeout: 20_000 }).toBe(200)
      await expectHealed(stack)
    },
  )

  test.for(faults.filter(([name]) => name !== 'silent'))(
    'J-02 %s later: what was read is used on',
    async ([, fault], { stack }) => {
      stack.vault.setFault(fault)
      await stack.advance(3700)
      expect((await login(stack)).status).toBe(302)
      stack.vault.setFault(undefined)
      browser = await signIn(stack)
      stack.vault.setFault(fault)
      await expectHealed(stack)
    },
  )

  test('slow at the start is waited for', async ({ stack }) => {
    stack.vault.setFault({ kind: 'slow', delayMs: 700 })
    await stack.restart()
    await expectHealed(stack)
  })

  test('J-02 L-05 is asked a few times, not once a request', async ({ stack }) => {
    stack.vault.resetCalls()
    await stack.restart()
    await stack.admin.clearRequests()
    await Promise.all(Array.from({ length: 30 }, () => login(stack)))
    for (let round = 0; round < 3; round++) await signIn(stack)
    // The list of the session key, its one version, and the client secret.
    expect(stack.vault.calls()).toBeLessThanOrEqual(4)
    expect(await stack.admin.requests({ kind: 'discovery' })).toHaveLength(1)
    expect(await stack.admin.requests({ kind: 'jwks' })).toHaveLength(1)
  })
})

describe('the identity provider', () => {
  test.for(['drop', 'unavailable'] as const)(
    'away (%s): sessions live on, sign-ins say so',
    async (mode, { stack }) => {
      const waiting = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, waiting)
      await stack.admin.down(mode)
      expect((await login(stack)).status).toBe(302)
      expectErrorPage(await waiting.navigate(callbackUrl), 503, 'identity_provider_unavailable')
      expect((await read(stack)).json()).toMatchObject({ authenticated: true })
      expectProblem(await refresh(stack), 503, 'identity_provider_unavailable')
      const ready = await browser.send(stack.url('/health/ready'))
      expect(ready.status).toBe(200)
      await stack.admin.up()
      await stack.advance(15)
      await expectHealed(stack)
    },
  )

  test('away when an instance starts, and back', async ({ stack }) => {
    await stack.admin.down()
    await stack.restart()
    expectErrorPage(await login(stack), 503, 'identity_provider_unavailable')
    expect((await read(stack)).json()).toMatchObject({ authenticated: true })
    expectProblem(await refresh(stack), 503, 'identity_provider_unavailable')
    await stack.admin.up()
    await stack.advance(15)
    await expectHealed(stack)
  })

  test('slow, but within bounds, is waited for', async ({ stack }) => {
    await stack.admin.fault({ on: 'token', delayMs: 1000 }, 2)
    await expectHealed(stack)
  })
})

describe('D-15 the client secret', () => {
  const secrets = async (stack: Stack, accepted: string[], expired: string[] = []) =>
    stack.admin.secrets(accepted, expired)
  test.afterAll(async ({ stack }) => {
    stack.vault.setSecret('entra-client-secret', clientSecret)
    await secrets(stack, [clientSecret])
  })

  test('a new version is picked up when the old one is refused: one retry, no failed sign-in', async ({
    stack,
  }) => {
    await login(stack)
    stack.vault.resetCalls()
    stack.vault.setSecret('entra-client-secret', 'second~secret')
    await secrets(stack, ['second~secret'], [clientSecret])
    const callback = await startSignIn(stack, createHttpBrowser())
    expect(callback.login.status).toBe(302)
    const who = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, who)
    expectArrival(await who.navigate(callbackUrl), `${stack.origin}/`)
    const outcomes = (await stack.admin.requests({ kind: 'token' })).map(({ outcome }) => outcome)
    expect(outcomes).toEqual(['invalid_client (AADSTS7000222)', 'tokens issued'])
    expect(stack.vault.calls(undefined, 'entra-client-secret')).toBe(1)
    expect(
      stack.hosts[0]!.logs.some(({ message }) => message.includes('credential.reloaded')),
    ).toBe(true)
    await expectHealed(stack)
  })

  test('J-02 twenty calls that meet the refusal at once read the vault once', async ({ stack }) => {
    const browsers = await Promise.all(Array.from({ length: 6 }, () => signIn(stack)))
    stack.vault.resetCalls()
    stack.vault.setSecret('entra-client-secret', 'third~secret')
    await secrets(stack, ['third~secret'], ['second~secret'])
    const replies = await Promise.all(
      browsers.map((who) => who.call('POST', stack.url('/auth/refresh'))),
    )
    expect(replies.map(({ status }) => status)).toEqual(browsers.map(() => 200))
    expect(stack.vault.calls(undefined, 'entra-client-secret')).toBe(1)
  })

  test('J-03 a secret with characters of forms is sent as it is', async ({ stack }) => {
    const odd = 'a+b&c=d%25 ~_é.-"x'
    stack.vault.setSecret('entra-client-secret', odd)
    await secrets(stack, [odd], ['third~secret'])
    await stack.admin.clearRequests()
    await signIn(stack)
    const outcomes = (await stack.admin.requests({ kind: 'token' })).map(({ outcome }) => outcome)
    expect(outcomes.at(-1)).toBe('tokens issued')
  })

  test('D-15 without a new version it is a mistake of the configuration, and nobody is signed out', async ({
    stack,
  }) => {
    await secrets(stack, ['nobody-knows-it'])
    expectProblem(await refresh(stack), 503, 'configuration_error')
    const who = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, who)
    expectErrorPage(await who.navigate(callbackUrl), 503, 'configuration_error')
    expect((await read(stack)).json()).toMatchObject({ authenticated: true })
    stack.vault.setSecret('entra-client-secret', 'nobody-knows-it')
    await stack.advance(31)
    await expectHealed(stack)
  })

  test('a disabled newest version leaves the readable one in use', async ({ stack }) => {
    stack.vault.setSecret('entra-client-secret', 'x', { enabled: false })
    await stack.advance(4000)
    browser = await signIn(stack)
    await expectHealed(stack)
  })
})

test('the storage process itself dies: a clear answer, and nobody is let in', async ({ stack }) => {
  stack.azurite.kill()
  expectProblem(await read(stack), 503, 'storage_unavailable')
  expectErrorPage(await login(stack), 503, 'storage_unavailable')
  await stack.advance(6)
  const ready = await browser.send(stack.url('/health/ready'))
  expect([ready.status, ready.json()['checks']]).toMatchObject([
    503,
    { tables: { status: 'fail', code: 'storage_unavailable' }, discovery: { status: 'pass' } },
  ])
})
