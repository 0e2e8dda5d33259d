import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import type { ClientCredential } from '../../../src/oauth/credential/client-credential.ts'
import type { RenewalRequest } from '../../../src/renewal/outcome.ts'
import {
  accessToken,
  clientId,
  createKey,
  fixedCredential,
  goodClaims,
  json,
  nonce,
  otherTenantId,
  relyingParty,
  signIdToken,
  startProvider,
  tenantId,
  type TestProvider,
} from '../test-provider.ts'

let provider: TestProvider

beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.stop())
beforeEach(() => {
  provider.reset()
})

function request(): RenewalRequest {
  return {
    refreshToken: 'old+refresh/token=',
    scopes: ['openid', 'api://orders/Orders.Read'],
    timeoutMs: 18_000,
    expected: { iss: provider.issuer, sub: 'subject', tid: tenantId, nonce },
  }
}

function answerTokens(status: number, body: unknown) {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    json(response, status, body)
    return true
  }
}

test('D-03 a refresh sends the token, the scopes of one resource, the claims and nothing else', async () => {
  const claims = '{"access_token":{"xms_cc":{"values":["cp1"]}}}'
  await relyingParty(provider).refresh({ ...request(), claims })
  const sent = provider.requests.find(({ path }) => path === '/token')
  expect(Object.fromEntries(sent?.form ?? [])).toEqual({
    grant_type: 'refresh_token',
    refresh_token: 'old+refresh/token=',
    scope: 'openid api://orders/Orders.Read',
    claims,
    client_id: clientId,
    client_secret: 'plain-secret',
  })
  expect(sent?.headers).not.toHaveProperty('origin')
})

test('D-04 (oidcc-client-test-refresh-token) new tokens come with the claims of the ID token', async () => {
  const outcome = await relyingParty(provider).refresh(request())
  expect(outcome).toMatchObject({
    kind: 'refreshed',
    tokens: { accessToken, refreshToken: 'next-refresh-token' },
    claims: { sub: 'subject' },
  })
})

test('D-04 an answer without a refresh token or ID token is good', async () => {
  provider.tokens = { refresh_token: '', id_token: undefined }
  const outcome = await relyingParty(provider).refresh(request())
  expect(outcome).toEqual({ kind: 'refreshed', tokens: { accessToken, expiresIn: 3599 } })
})

const subjects: [string, () => Promise<string>, string][] = [
  [
    '(oidcc-client-test-refresh-token-invalid-issuer) another issuer',
    () => signIdToken({ ...goodClaims(provider.issuer), iss: 'https://attacker.test' }),
    'id_token_invalid',
  ],
  [
    '(oidcc-client-test-refresh-token-invalid-sub) another subject',
    () => signIdToken({ ...goodClaims(provider.issuer), sub: 'another' }),
    'subject_mismatch',
  ],
  [
    'another audience',
    () => signIdToken({ ...goodClaims(provider.issuer), aud: 'another' }),
    'id_token_invalid',
  ],
  [
    'another tenant',
    () => signIdToken({ ...goodClaims(provider.issuer), tid: otherTenantId }),
    'id_token_invalid',
  ],
  [
    'another nonce',
    () => signIdToken({ ...goodClaims(provider.issuer), nonce: 'another' }),
    'subject_mismatch',
  ],
  [
    'a wrong signature',
    () => signIdToken(goodClaims(provider.issuer), createKey('first')),
    'id_token_invalid',
  ],
]

test.each(subjects)('D-09 an ID token of %s ends the session', async (_name, create, reason) => {
  provider.tokens = { id_token: await create() }
  const outcome = await relyingParty(provider).refresh(request())
  expect(outcome).toEqual({ kind: 'ended', reason, idp: {} })
})

test.each([
  ['issued in the future', { iat: 90, nbf: 90, exp: 3690 }],
  ['long past', { iat: -7200, nbf: -7200, exp: -3600 }],
])(
  'D-07 D-09 an ID token %s says that a clock is wrong: session and rotated token are kept',
  async (_name, offsets) => {
    const now = Math.floor(Date.now() / 1000)
    const times = Object.fromEntries(Object.entries(offsets).map(([name, at]) => [name, now + at]))
    provider.tokens = { id_token: await signIdToken({ ...goodClaims(provider.issuer), ...times }) }
    const outcome = await relyingParty(provider).refresh(request())
    expect(outcome).toMatchObject({
      kind: 'failed',
      code: 'identity_provider_unavailable',
      refreshToken: 'next-refresh-token',
    })
    // By the date of the answer the clocks agree.
    const { skewSeconds } = outcome as { skewSeconds?: number }
    expect(Math.abs(skewSeconds!)).toBeLessThan(5)
  },
)

test('D-09 a forged ID token is a forgery, whatever its times say', async () => {
  const claims = { ...goodClaims(provider.issuer), iat: 9_000_000_000 }
  provider.tokens = { id_token: await signIdToken(claims, createKey('first')) }
  expect(await relyingParty(provider).refresh(request())).toMatchObject({ kind: 'ended' })
})

test.each([
  ['a line break', 'abc\ndef'],
  ['a carriage return', 'abc\r'],
  ['a character beyond Latin-1', 'abc\u65e5'],
  ['a blank', 'abc def'],
])(
  'B-15 D-07 an access token with %s is refused, session and rotated token are kept',
  async (_name, token) => {
    provider.tokens = { access_token: token }
    expect(await relyingParty(provider).refresh(request())).toMatchObject({
      kind: 'failed',
      code: 'identity_provider_error',
      refreshToken: 'next-refresh-token',
    })
  },
)

test('D-09 a refreshed ID token needs no nonce', async () => {
  const { nonce: _, ...claims } = goodClaims(provider.issuer)
  provider.tokens = { id_token: await signIdToken(claims) }
  expect(await relyingParty(provider).refresh(request())).toMatchObject({ kind: 'refreshed' })
})

test('D-06 invalid_grant ends the session', async () => {
  answerTokens(400, { error: 'invalid_grant', error_codes: [700082] })
  expect(await relyingParty(provider).refresh(request())).toEqual({
    kind: 'ended',
    reason: 'invalid_grant',
    idp: { idpError: 'invalid_grant', idpErrorCodes: [700082] },
  })
})

test('D-08 a claims challenge is kept for the next sign-in and keeps the session', async () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
  answerTokens(400, { error: 'invalid_grant', suberror: 'basic_action', claims })
  expect(await relyingParty(provider).refresh(request())).toMatchObject({
    kind: 'interaction',
    reason: 'claims',
    claims,
  })
})

const kept: [string, number, unknown, string][] = [
  ['503', 503, {}, 'identity_provider_unavailable'],
  ['429', 429, {}, 'identity_provider_unavailable'],
  [
    'temporarily_unavailable',
    400,
    { error: 'temporarily_unavailable' },
    'identity_provider_unavailable',
  ],
  [
    'a 500 that says invalid_grant',
    500,
    { error: 'invalid_grant' },
    'identity_provider_unavailable',
  ],
  ['nonsense', 200, [], 'identity_provider_unavailable'],
  ['no access token', 200, { token_type: 'Bearer' }, 'identity_provider_unavailable'],
  ['an unknown error', 400, { error: 'foo' }, 'identity_provider_error'],
  ['invalid_scope', 400, { error: 'invalid_scope' }, 'configuration_error'],
  ['invalid_client', 401, { error: 'invalid_client' }, 'configuration_error'],
]

test.each(kept)('D-07 D-15 %s keeps the session', async (_name, status, body, code) => {
  answerTokens(status, body)
  expect(await relyingParty(provider).refresh(request())).toMatchObject({
    kind: 'failed',
    code,
    retryAfterSeconds: 5,
    dependency: { name: 'identity_provider', operation: 'token', status },
  })
})

test('D-07 a connection that breaks keeps the session, and is not repeated', async () => {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    response.destroy()
    return true
  }
  expect(await relyingParty(provider).refresh(request())).toMatchObject({
    kind: 'failed',
    code: 'identity_provider_unavailable',
  })
  expect(provider.count('/token')).toBe(1)
})

test('a vault that cannot be read keeps the session', async () => {
  const credential: ClientCredential = {
    ...fixedCredential,
    authenticate: () => Promise.reject(new BffError('vault_unavailable', 'the vault is away')),
  }
  expect(await relyingParty(provider, { credential }).refresh(request())).toEqual({
    kind: 'failed',
    code: 'vault_unavailable',
  })
  expect(provider.count('/token')).toBe(0)
})

test('keys that cannot be had keep the session and a rotated token (D-04, D-07)', async () => {
  provider.keys = []
  expect(await relyingParty(provider).refresh(request())).toMatchObject({
    kind: 'failed',
    code: 'identity_provider_unavailable',
    refreshToken: 'next-refresh-token',
    dependency: { operation: 'jwks' },
  })
})

test('D-04 a rotated token is kept where time runs out while keys are looked up', async () => {
  provider.answer = (path) => path === '/keys'
  expect(await relyingParty(provider).refresh({ ...request(), timeoutMs: 300 })).toEqual({
    kind: 'failed',
    code: 'identity_provider_unavailable',
    refreshToken: 'next-refresh-token',
    // A look-up that had failed by itself would say how long it took.
    dependency: { name: 'identity_provider', operation: 'jwks' },
  })
})

test('a token endpoint that does not answer in time is an outage', async () => {
  provider.answer = (path) => path === '/token'
  expect(await relyingParty(provider).refresh({ ...request(), timeoutMs: 300 })).toMatchObject({
    kind: 'failed',
    code: 'identity_provider_unavailable',
  })
})

test('an ID token by a key that is not published yet keeps the session (D-07, C-04)', async () => {
  const idToken = await signIdToken(goodClaims(provider.issuer), createKey('not-yet-published'))
  provider.tokens = { id_token: idToken }
  expect(await relyingParty(provider).refresh(request())).toMatchObject({
    kind: 'failed',
    code: 'identity_provider_unavailable',
    refreshToken: 'next-refresh-token',
  })
})
