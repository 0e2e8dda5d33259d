import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import { createHttpClient } from '../../../src/outgoing/http-client.ts'
import { OutgoingError } from '../../../src/outgoing/outgoing-fetch.ts'
import {
  accessToken,
  clientId,
  json,
  nonce,
  otherTenantId,
  redemption,
  relyingParty,
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

async function failureOf(action: Promise<unknown>): Promise<BffError> {
  const error: unknown = await action.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof BffError)) throw new Error('expected a BffError', { cause: error })
  return error
}

test('B-01 a code is redeemed with one token request and its ID token validated', async () => {
  const signedIn = await relyingParty(provider).redeemCode(redemption)
  expect(signedIn.tokens).toEqual({
    accessToken,
    expiresIn: 3599,
    refreshToken: 'next-refresh-token',
  })
  expect(signedIn.claims).toMatchObject({ tid: tenantId, aud: clientId, nonce })
  expect(provider.count('/token')).toBe(1)
  const sent = provider.requests.find(({ path }) => path === '/token')
  expect(Object.fromEntries(sent?.form ?? [])).toEqual({
    grant_type: 'authorization_code',
    code: redemption.code,
    redirect_uri: 'http://localhost:7071/auth/callback',
    code_verifier: redemption.codeVerifier,
    client_id: clientId,
    client_secret: 'plain-secret',
  })
})

test('D-03 a token request carries no Origin, no cookie and our own user agent', async () => {
  await relyingParty(provider).redeemCode(redemption)
  const headers = provider.requests.find(({ path }) => path === '/token')?.headers
  expect(headers).not.toHaveProperty('origin')
  expect(headers).not.toHaveProperty('cookie')
  expect(headers?.['user-agent']).toBe('entra-bff')
})

test('B-09 a code is one opaque value of the form, whatever is in it', async () => {
  const code = 'a&client_id=evil&code_verifier=x+%26'
  await relyingParty(provider).redeemCode({ ...redemption, code })
  const form = provider.requests.find(({ path }) => path === '/token')?.form
  expect(form?.getAll('code')).toEqual([code])
  expect(form?.getAll('client_id')).toEqual([clientId])
})

const accepted: [string, Record<string, unknown>, object][] = [
  ['"bearer" in another case', { token_type: 'bEARER' }, {}],
  ['no expires_in', { expires_in: undefined }, { expiresIn: 300 }],
  ['a numeric text as expires_in', { expires_in: '3599' }, { expiresIn: 3599 }],
  ['no scope and no refresh token', { refresh_token: undefined }, {}],
  ['an empty refresh token', { refresh_token: '' }, {}],
  ['members that are null', { scope: null, refresh_token: null, expires_in: null }, {}],
  ['an unknown member', { foo: 'bar' }, {}],
]

test.each(accepted)(
  'B-15 a token response is accepted with %s',
  async (_name, tokens, expected) => {
    provider.tokens = tokens
    const signedIn = await relyingParty(provider).redeemCode(redemption)
    expect(signedIn.tokens).toMatchObject(expected)
  },
)

const refused: [string, Record<string, unknown>, string][] = [
  ['no access token', { access_token: undefined }, 'token_response_invalid'],
  ['an empty access token', { access_token: '' }, 'token_response_invalid'],
  ['an access token that is no text', { access_token: { a: 1 } }, 'token_response_invalid'],
  ['no token type', { token_type: undefined }, 'token_response_invalid'],
  ['another token type', { token_type: 'mac' }, 'token_response_invalid'],
  ['a DPoP token', { token_type: 'DPoP' }, 'token_response_invalid'],
  ['no ID token', { id_token: null }, 'id_token_missing'],
  ['an ID token that is no text', { id_token: ['x'] }, 'id_token_missing'],
  ['an ID token that is no JWT', { id_token: 'x' }, 'id_token_invalid'],
]

test.each(refused)('B-15 a token response is refused with %s', async (_name, tokens, reason) => {
  provider.tokens = tokens
  const error = await failureOf(relyingParty(provider).redeemCode(redemption))
  expect(error.code).toBe('login_failed')
  expect(error.details.loginFailure).toBe(reason)
})

const nonsense: [string, number, Record<string, string>, string][] = [
  ['HTML', 200, { 'content-type': 'text/html' }, '<h1>Hello</h1>'],
  ['JSON that is cut off', 200, { 'content-type': 'application/json' }, '{"access_tok'],
  ['an array', 200, { 'content-type': 'application/json' }, '[]'],
  ['another charset', 200, { 'content-type': 'application/json; charset=utf-16' }, '{}'],
  ['no type', 200, {}, '{}'],
  ['an error without a name', 400, { 'content-type': 'application/json' }, '{"error":1}'],
  ['a 404 page', 404, { 'content-type': 'text/html' }, 'not here'],
  ['more than 256 KB', 200, { 'content-type': 'application/json' }, ' '.repeat(300_000)],
  ['429', 429, { 'retry-after': '11' }, ''],
  ['503', 503, { 'retry-after': '11' }, ''],
  [
    'a 500 that blames the code',
    500,
    { 'content-type': 'application/json' },
    '{"error":"invalid_grant"}',
  ],
]

test.each(nonsense)(
  'D-14 a token endpoint that answers %s is unavailable',
  async (_name, status, headers, body) => {
    provider.answer = (path, response) => {
      if (path !== '/token') return false
      response.writeHead(status, headers).end(body)
      return true
    }
    const error = await failureOf(relyingParty(provider).redeemCode(redemption))
    expect(error.code).toBe('identity_provider_unavailable')
    expect(error.details.dependency).toMatchObject({ operation: 'token' })
    expect(error.details.retryAfterSeconds).toBe('retry-after' in headers ? 11 : 5)
    expect(provider.count('/token')).toBe(1)
  },
)

test('D-14 a redirection of the token endpoint is not followed', async () => {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    response.writeHead(307, { location: '/elsewhere' }).end()
    return true
  }
  const error = await failureOf(relyingParty(provider).redeemCode(redemption))
  expect(error.code).toBe('identity_provider_unavailable')
  expect(provider.count('/elsewhere')).toBe(0)
})

test('a token request is not sent again after its connection broke', async () => {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    response.destroy()
    return true
  }
  const error = await failureOf(relyingParty(provider).redeemCode(redemption))
  expect(error.code).toBe('identity_provider_unavailable')
  expect(provider.count('/token')).toBe(1)
})

test('a token request is sent once more where nothing of it was sent', async () => {
  const fetch = createHttpClient()
  let failures = 1
  const party = relyingParty(provider, {
    fetch: async (url, request) => {
      if (request?.method !== 'POST' || failures === 0) return fetch(url, request)
      failures -= 1
      throw new OutgoingError('connect', false)
    },
  })
  await party.redeemCode(redemption)
  failures = 2
  const error = await failureOf(party.redeemCode(redemption))
  expect(error.code).toBe('identity_provider_unavailable')
  expect(provider.count('/token')).toBe(1)
})

test('a refused code becomes its sign-in error, with what support needs and no free text', async () => {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    json(response, 400, {
      error: 'invalid_grant',
      error_description: 'AADSTS70008: <script>alert(1)</script>',
      error_codes: [70008],
      trace_id: '5cbb1c16-cd5c-4a58-8e2d-000000000001',
      correlation_id: 'not a guid',
    })
    return true
  }
  const error = await failureOf(relyingParty(provider).redeemCode(redemption))
  expect(error.code).toBe('login_expired')
  expect(error.details.idp).toEqual({
    idpError: 'invalid_grant',
    idpErrorCodes: [70008],
    idpTraceId: '5cbb1c16-cd5c-4a58-8e2d-000000000001',
  })
})

test('C-07 a tenant outside the list is tenant_not_allowed, and inside it is let in', async () => {
  const authority = (tenants: string[]) => ({
    authority: { ...provider.authority, allowedTenants: new Set(tenants) },
  })
  const error = await failureOf(
    relyingParty(provider, authority([otherTenantId])).redeemCode(redemption),
  )
  expect(error.code).toBe('tenant_not_allowed')
  await relyingParty(provider, authority([tenantId])).redeemCode(redemption)
})

test('M-04 no token, code or secret is in an error or its causes', async () => {
  provider.tokens = { id_token: 'canary.canary.canary', access_token: 'canary-access-token' }
  const error = await failureOf(relyingParty(provider).redeemCode(redemption))
  const text = JSON.stringify([error, error.message, error.stack, error.details, error.cause])
  expect(text).not.toContain('canary')
  expect(text).not.toContain(redemption.code)
})
