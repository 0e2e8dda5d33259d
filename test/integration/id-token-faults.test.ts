import { describe, expect } from 'vitest'
import type { TokenMutation } from '../../dev/entra/signed-token.ts'
import { expectArrival, expectErrorPage } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows } from '../support/table-rows.ts'

const test = stackTest()

let browser: HttpBrowser
test.beforeAll(async ({ stack }) => {
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  browser = createHttpBrowser()
  await stack.admin.clearRequests()
})

async function finish(stack: Stack, user?: string): Promise<BrowserReply> {
  const { callbackUrl } = await startSignIn(stack, browser, user === undefined ? {} : { user })
  return browser.navigate(callbackUrl)
}

async function jwksRequests(stack: Stack): Promise<number> {
  return (await stack.admin.requests({ kind: 'jwks' })).length
}

/** A sign-in whose ID token is spoiled so is refused, and nothing follows from it. */
async function expectRefused(stack: Stack, idToken: TokenMutation, reason: string): Promise<void> {
  const before = await countRows(stack)
  const logged = stack.hosts[0]!.logs.length
  await stack.admin.fault({ on: 'token', idToken })
  expectErrorPage(await finish(stack), 400, 'login_failed')
  expect((await countRows(stack)).sessions).toBe(before.sessions)
  const lines = stack.hosts[0]!.logs.slice(logged).map(({ message }) => message)
  expect(lines.join('\n')).toContain(`"reason":"${reason}"`)
}

const other = 'ffffffff-9999-4999-8999-000000000009'

describe('an ID token with a claim that is wrong', () => {
  const claims: [string, TokenMutation, string][] = [
    ['C-06 another issuer', { claims: { iss: 'https://attacker.test/v2.0' } }, 'claim_invalid'],
    ['C-06 no issuer', { removeClaims: ['iss'] }, 'claim_invalid'],
    ['C-07 another tenant', { claims: { tid: other } }, 'claim_invalid'],
    ['C-07 no tenant', { removeClaims: ['tid'] }, 'claim_invalid'],
    ['C-09 another audience', { claims: { aud: other } }, 'claim_invalid'],
    ['C-09 no audience', { removeClaims: ['aud'] }, 'claim_invalid'],
    ['C-09 one audience too many', { claims: { aud: ['x', other] } }, 'claim_invalid'],
    ['C-10 no expiry', { removeClaims: ['exp'] }, 'claim_invalid'],
    ['C-10 an expiry that is no number', { claims: { exp: 'x' } }, 'claim_invalid'],
    ['C-10 an expiry beyond all bounds', { claims: { exp: 1e300 } }, 'claim_invalid'],
    ['C-10 a past expiry', { claims: { exp: 1_600_000_000 } }, 'clock_skew'],
    ['C-10 no time of issue', { removeClaims: ['iat'] }, 'claim_invalid'],
    ['C-10 a time of issue in the future', { claims: { iat: 9_000_000_000 } }, 'clock_skew'],
    ['C-10 not valid yet', { claims: { nbf: 9_000_000_000 } }, 'clock_skew'],
    ['C-11 another nonce', { claims: { nonce: 'x'.repeat(43) } }, 'nonce_mismatch'],
    ['C-11 no nonce', { removeClaims: ['nonce'] }, 'nonce_mismatch'],
    ['C-11 several nonces', { claims: { nonce: ['a', 'b'] } }, 'nonce_mismatch'],
    ['C-12 no subject', { removeClaims: ['sub'] }, 'claim_invalid'],
    ['C-12 an empty subject', { claims: { sub: '' } }, 'claim_invalid'],
    ['C-13 a wrong at_hash', { claims: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }, 'claim_invalid'],
  ]
  test.for(claims)('%s is refused', async ([, mutation, reason], { stack }) => {
    await expectRefused(stack, mutation, reason)
  })

  test('C-11 the nonce of another login of the same browser is refused', async ({ stack }) => {
    const first = await startSignIn(stack, browser)
    const nonce = new URL(first.login.headers['location']!).searchParams.get('nonce')!
    await expectRefused(stack, { claims: { nonce } }, 'nonce_mismatch')
  })
})

describe('an ID token whose signature proves nothing', () => {
  const signatures: [string, TokenMutation, string][] = [
    ['C-01 tampered with', { signature: 'tampered' }, 'signature_invalid'],
    ['C-01 by a key of nobody', { signature: 'other-key' }, 'signature_invalid'],
    ['C-01 missing', { signature: 'missing' }, 'id_token_invalid'],
    ['C-02 alg none', { signature: 'none' }, 'id_token_invalid'],
    ['C-02 HS256 with the public key', { signature: 'hs256-public-key' }, 'id_token_invalid'],
    ['C-02 HS256 with the client secret', { signature: 'hs256-secret' }, 'id_token_invalid'],
    ['C-02 alg None', { header: { alg: 'None' } }, 'id_token_invalid'],
    ['C-02 no alg', { removeHeader: ['alg'] }, 'id_token_invalid'],
    ['C-02 another alg', { header: { alg: 'ES256' } }, 'id_token_invalid'],
    ['C-03 unknown crit', { header: { crit: ['x'], x: 1 } }, 'id_token_invalid'],
    ['C-04 an unknown key', { signature: 'unknown-kid' }, 'signing_key_unknown'],
    ['C-14 a payload that is an array', { payload: '[]' }, 'id_token_invalid'],
    ['C-14 a payload that is no JSON', { payload: 'x' }, 'id_token_invalid'],
    ['C-14 no token at all', { raw: 'a.b' }, 'id_token_invalid'],
    ['C-14 an encrypted token', { raw: 'a.b.c.d.e' }, 'id_token_invalid'],
  ]
  test.for(signatures)('%s is refused', async ([, mutation, reason], { stack }) => {
    await expectRefused(stack, mutation, reason)
  })

  test('C-03 keys that the token brings along are not asked for', async ({ stack }) => {
    const url = `${stack.entra.origin}/attacker/keys`
    await expectRefused(
      stack,
      { signature: 'other-key', header: { jku: url, x5u: url, jwk: { kty: 'RSA' } } },
      'signature_invalid',
    )
    expect(JSON.stringify(await stack.admin.requests())).not.toContain('attacker')
  })
})

describe('the keys of the provider', () => {
  test('C-04 a new key is looked for once, and found', async ({ stack }) => {
    await stack.advance(31)
    await signIn(stack)
    await stack.admin.clearRequests()
    await stack.admin.rollOverKeys({ retire: true })
    expectArrival(await finish(stack), `${stack.origin}/`)
    expect(await jwksRequests(stack)).toBe(1)
    await signIn(stack)
    expect(await jwksRequests(stack)).toBe(1)
  })

  test('C-04 unknown keys are looked for at most every 30 s', async ({ stack }) => {
    await stack.advance(31)
    for (let attempt = 0; attempt < 4; attempt++) {
      await stack.admin.fault({ on: 'token', idToken: { signature: 'unknown-kid' } })
      expectErrorPage(await finish(stack), 400, 'login_failed')
    }
    expect(await jwksRequests(stack)).toBe(1)
    await stack.advance(31)
    await stack.admin.fault({ on: 'token', idToken: { signature: 'unknown-kid' } })
    expectErrorPage(await finish(stack), 400, 'login_failed')
    expect(await jwksRequests(stack)).toBe(2)
  })

  test('C-05 without a key id one key is taken, several are tried or refused', async ({
    stack,
  }) => {
    await stack.admin.singleKey()
    await stack.restart()
    const idToken = { removeHeader: ['kid', 'x5t'] }
    await stack.admin.fault({ on: 'token', idToken })
    expectArrival(await finish(stack), `${stack.origin}/`)
    await stack.admin.rollOverKeys()
    await stack.restart()
    await stack.admin.fault({ on: 'token', idToken: { ...idToken, signature: 'other-key' } })
    expectErrorPage(await finish(stack), 400, 'login_failed')
  })

  test('C-08 a key that signs for another issuer is refused', async ({ stack }) => {
    const keys = await (
      await fetch(`${stack.entra.origin}/${stack.entra.tenantId}/discovery/v2.0/keys`)
    ).json()
    const issuer = `${stack.entra.origin}/${other}/v2.0`
    const set = { keys: (keys as { keys: object[] }).keys.map((key) => ({ ...key, issuer })) }
    await stack.admin.fault({ on: 'jwks', edit: { set } }, null)
    await stack.restart()
    expectErrorPage(await finish(stack), 400, 'login_failed')
    await stack.admin.clearFaults()
    await stack.restart()
    await signIn(stack, browser)
  })

  test.for(['jwks_down', 'jwks_empty', 'jwks_hang'])(
    '%s is an outage, and heals',
    async (fault, { stack }) => {
      await stack.admin.fault(fault, null)
      await stack.restart()
      expectErrorPage(await finish(stack), 503, 'identity_provider_unavailable')
      await stack.admin.clearFaults()
      await signIn(stack, browser)
    },
  )

  test('L-05 keys that cannot be renewed are used on', async ({ stack }) => {
    await signIn(stack)
    await stack.admin.fault('jwks_down', null)
    await stack.advance(3700)
    await signIn(stack, browser)
    const reply = await browser.call('GET', stack.url('/auth/session'))
    expect(reply.json()).toMatchObject({ authenticated: true })
  })
})

describe('whom an ID token describes', () => {
  async function userOf(stack: Stack, username: string): Promise<Record<string, unknown>> {
    await signIn(stack, browser, { user: username })
    const reply = await browser.call('GET', stack.url('/auth/session'))
    return reply.json<{ user: Record<string, unknown> }>().user
  }

  test.for([
    ['sakura@contoso.test', '村上 さくら 🌸', 'sakura@contoso.test'],
    ['noel@contoso.test', 'Noel Nomail', null],
    ['gus@fabrikam.test', 'Gus Guest', 'gus@fabrikam.test'],
  ] as const)('%s', async ([username, name, email], { stack }) => {
    expect(await userOf(stack, username)).toMatchObject({ username, name, email, claims: {} })
  })

  test('C-18 an overage of groups breaks nothing, and its pointer is not followed', async ({
    stack,
  }) => {
    expect(await userOf(stack, 'greta@contoso.test')).toMatchObject({ name: 'Greta Groups' })
    expect(await stack.admin.requests({ kind: 'groups-overage' })).toEqual([])
  })

  test('C-15 two people with one address are two people', async ({ stack }) => {
    const shared = { preferred_username: 'boss@contoso.test', email: 'boss@contoso.test' }
    await stack.admin.changeUser('nora@contoso.test', { claims: shared })
    await stack.admin.changeUser('rita@contoso.test', { claims: shared })
    const first = await userOf(stack, 'nora@contoso.test')
    browser = createHttpBrowser()
    const second = await userOf(stack, 'rita@contoso.test')
    expect([first['email'], first['username']]).toEqual([second['email'], second['username']])
    expect(first['id']).not.toBe(second['id'])
  })
})
