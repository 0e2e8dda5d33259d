import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { apiScope, discover, redirectUri, signIn, startSignIn } from './client.ts'

let emulator: EntraEmulator
let admin: EntraAdmin
let config: openid.Configuration

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
  config = await discover(emulator)
})
beforeEach(() => admin.reset())
afterAll(() => emulator.stop())

test('code, PKCE, state and nonce end in tokens with the claims of Entra', async () => {
  const tokens = await signIn(emulator, config)
  expect(tokens.claims()).toMatchObject({
    aud: emulator.clientId,
    iss: `${emulator.origin}/${emulator.tenantId}/v2.0`,
    name: 'Ada Admin',
    preferred_username: 'ada@contoso.test',
    email: 'ada@contoso.test',
    tid: emulator.tenantId,
    ver: '2.0',
    roles: ['Admin'],
    oid: expect.any(String),
    sub: expect.stringMatching(/^[\w-]{43}$/),
    sid: expect.any(String),
    login_hint: expect.stringMatching(/^O\./),
    uti: expect.any(String),
    rh: expect.any(String),
  })
  expect(tokens.claims()).not.toHaveProperty('at_hash')
  expect(tokens.refresh_token).toBeTypeOf('string')
  expect(tokens['token_type']).toBe('bearer')
  expect(tokens.scope).toBe(apiScope)
  expect(tokens.expires_in).toBeGreaterThanOrEqual(3600)
  expect(tokens.expires_in).toBeLessThan(5400)
  expect(tokens['ext_expires_in']).toBe(tokens.expires_in)
})

test('the access token of an API is a JWT for that API', async () => {
  const tokens = await signIn(emulator, config)
  expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'RS256', typ: 'JWT' })
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    aud: 'a9100000-4444-4444-8444-000000000004',
    scp: 'access_as_user',
    tid: emulator.tenantId,
    ver: '2.0',
    azp: emulator.clientId,
  })
})

test('signatures check out against the published keys', async () => {
  openid.enableNonRepudiationChecks(config)
  await expect(signIn(emulator, config)).resolves.toHaveProperty('id_token')
  await admin.rollOverKeys()
  config = await discover(emulator)
  openid.enableNonRepudiationChecks(config)
  await expect(signIn(emulator, config)).resolves.toHaveProperty('id_token')
  await admin.fault('wrong_signature')
  await expect(signIn(emulator, config)).rejects.toMatchObject({ code: 'OAUTH_INVALID_RESPONSE' })
  config = await discover(emulator)
})

test('without offline_access there is no refresh token, without openid no ID token', async () => {
  const { location, checks } = await startSignIn(emulator, config, {
    scope: `${apiScope} openid`,
  })
  const tokens = await openid.authorizationCodeGrant(config, location, checks)
  expect(tokens.refresh_token).toBeUndefined()
  expect(tokens.claims()).not.toHaveProperty('preferred_username')

  const bare = await startSignIn(emulator, config, { scope: apiScope })
  const { pkceCodeVerifier, expectedState } = bare.checks
  const bareTokens = await openid.authorizationCodeGrant(config, bare.location, {
    pkceCodeVerifier,
    ...(expectedState !== undefined && { expectedState }),
  })
  expect(bareTokens.id_token).toBeUndefined()
})

test('users differ as their names say', async () => {
  const claimsOf = async (alias: string) =>
    (await signIn(emulator, config, {}, { user: `${alias}@contoso.test` })).claims()
  const greta = await claimsOf('greta')
  expect(greta).not.toHaveProperty('groups')
  expect(greta).toMatchObject({
    _claim_names: { groups: 'src1' },
    _claim_sources: { src1: { endpoint: expect.stringContaining('/graph/') as string } },
  })
  expect(await claimsOf('noel')).not.toHaveProperty('email')
  expect(await claimsOf('nora')).not.toHaveProperty('roles')
  expect((await claimsOf('sakura'))?.['name']).toBe('村上 さくら 🌸')
  await admin.changeUser('nora@contoso.test', { groups: ['g1', 'g2'] })
  expect((await claimsOf('nora'))?.['groups']).toEqual(['g1', 'g2'])
})

test('authentication contexts and capabilities that were asked for are in the access token', async () => {
  const acrs = { essential: true, value: 'c1' }
  const claims = JSON.stringify({ access_token: { acrs, xms_cc: { values: ['cp1'] } } })
  const tokens = await signIn(emulator, config, { claims })
  expect(decodeJwt(tokens.access_token)).toMatchObject({ acrs: ['c1'], xms_cc: ['cp1'] })
  expect(tokens.expires_in).toBeGreaterThanOrEqual(20 * 3600)
})

test('scopes without a resource are those of Graph', async () => {
  const scope = 'openid profile offline_access User.Read'
  const tokens = await signIn(emulator, config, { scope })
  expect(tokens.scope).toBe('openid profile User.Read')
  const { sub } = tokens.claims() ?? { sub: '' }
  await expect(openid.fetchUserInfo(config, tokens.access_token, sub)).resolves.toMatchObject({
    name: 'Ada Admin',
  })
})

test('every refresh gives a new refresh token, and the old one stays good', async () => {
  const first = await signIn(emulator, config)
  const old = first.refresh_token ?? ''
  const second = await openid.refreshTokenGrant(config, old, { scope: apiScope })
  expect(second.refresh_token).not.toBe(old)
  expect(second.claims()).toMatchObject({ sub: first.claims()?.sub })
  expect(second.claims()).not.toHaveProperty('nonce')
  await expect(openid.refreshTokenGrant(config, old)).resolves.toHaveProperty('access_token')
  await admin.settings({ issueRefreshTokens: false })
  const third = await openid.refreshTokenGrant(config, old)
  expect(third.refresh_token).toBeUndefined()
})

test('a refresh token serves another resource as well, one at a time', async () => {
  const { refresh_token: token = '' } = await signIn(emulator, config)
  const graph = await openid.refreshTokenGrant(config, token, { scope: 'User.Read' })
  expect(decodeJwt(graph.access_token).aud).toBe('00000003-0000-0000-c000-000000000000')
  const both = openid.refreshTokenGrant(config, token, { scope: `User.Read ${apiScope}` })
  await expect(both).rejects.toMatchObject({ cause: { error_codes: [28000] } })
})

test('in strict mode the second use of a refresh token revokes the whole family', async () => {
  await admin.settings({ refreshMode: 'strict' })
  const { refresh_token: old = '' } = await signIn(emulator, config)
  const { refresh_token: current = '' } = await openid.refreshTokenGrant(config, old)
  await expect(openid.refreshTokenGrant(config, old)).rejects.toMatchObject({
    error: 'invalid_grant',
  })
  await expect(openid.refreshTokenGrant(config, current)).rejects.toMatchObject({
    cause: { error_codes: [50173] },
  })
})

test('prompt=none signs in silently where the browser has a session', async () => {
  const browser = 'first'
  const user = 'ada@contoso.test'
  const interactive = await signIn(emulator, config, {}, { user, browser })
  const silent = await signIn(emulator, config, { prompt: 'none' }, { browser })
  expect(silent.claims()?.['sid']).toBe(interactive.claims()?.['sid'])
  const hint = interactive.claims()?.['login_hint'] as string
  const parameters = { prompt: 'none', login_hint: hint }
  await expect(signIn(emulator, config, parameters, { browser })).resolves.toBeTruthy()
})

test.each([
  ['login_required', 50058, {}, {}],
  [
    'login_required',
    50058,
    { browser: 'a', user: 'ada@contoso.test' },
    { login_hint: 'rita@contoso.test' },
  ],
  [
    'interaction_required',
    50076,
    { browser: 'b', user: 'ada@contoso.test' },
    { claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' },
  ],
  [
    'consent_required',
    65001,
    { browser: 'c', user: 'ada@contoso.test' },
    { scope: 'openid Mail.Read' },
  ],
] as const)('prompt=none answers %s (AADSTS%i)', async (error, code, before, parameters) => {
  if ('user' in before) await signIn(emulator, config, {}, before)
  const browser = 'browser' in before ? before.browser : 'nobody'
  const { location } = await startSignIn(
    emulator,
    config,
    { prompt: 'none', ...parameters },
    { browser },
  )
  expect(location.searchParams.get('error')).toBe(error)
  expect(location.searchParams.get('error_description')).toContain(`AADSTS${code}: `)
})

test('a wrong secret is invalid_client with the body that Entra sends', async () => {
  const wrong = await discover(emulator, openid.ClientSecretPost('wrong'))
  const failed = signIn(emulator, wrong)
  await expect(failed).rejects.toMatchObject({
    error: 'invalid_client',
    status: 401,
    error_description: expect.stringMatching(
      /^AADSTS7000215: .+ Trace ID: [\w-]{36} Correlation ID: [\w-]{36} Timestamp: [\d-]{10} [\d:]{8}Z$/,
    ),
    cause: {
      error_codes: [7000215],
      timestamp: expect.any(String),
      trace_id: expect.any(String),
      correlation_id: expect.any(String),
      error_uri: `${emulator.origin}/error?code=7000215`,
    },
  })
})

test('client_secret_basic is accepted as well', async () => {
  const basic = await discover(
    emulator,
    openid.ClientSecretBasic('local~stack.secret_that-only.the-emulator~takes'),
  )
  await expect(signIn(emulator, basic)).resolves.toHaveProperty('id_token')
})

test('a form_post response carries the same parameters in a form', async () => {
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile',
    response_mode: 'form_post',
    state: 'the state',
    nonce: 'n',
  })
  const { action, fields = [] } = await admin.authorize(url, { user: 'ada@contoso.test' })
  expect(action).toBe(redirectUri)
  expect(fields.map(([name]) => name)).toEqual(['code', 'state', 'session_state'])
  const request = new Request(redirectUri, { method: 'POST', body: new URLSearchParams(fields) })
  const checks = { expectedNonce: 'n', expectedState: 'the state' }
  const tokens = await openid.authorizationCodeGrant(config, request, checks)
  expect(tokens.claims()?.['name']).toBe('Ada Admin')
})

test('the logout URL ends single sign-on and leads back with the state', async () => {
  const url = openid.buildEndSessionUrl(config, {
    post_logout_redirect_uri: 'http://localhost:7071/auth/logout/callback',
    state: 'sealed',
  })
  const response = await fetch(url, { redirect: 'manual' })
  expect(response.headers.get('location')).toBe(
    'http://localhost:7071/auth/logout/callback?state=sealed',
  )
})
