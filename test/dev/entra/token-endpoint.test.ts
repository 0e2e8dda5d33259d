import type * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { apiScope, discover, redirectUri, signIn, startSignIn, tokenRequest } from './client.ts'

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

async function codeFields(): Promise<Record<string, string | undefined>> {
  const { location, checks } = await startSignIn(emulator, config)
  return {
    grant_type: 'authorization_code',
    code: location.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: checks.pkceCodeVerifier,
  }
}

async function refreshFields(): Promise<Record<string, string | undefined>> {
  const { refresh_token } = await signIn(emulator, config)
  return { grant_type: 'refresh_token', refresh_token }
}

async function errorOf(response: Response) {
  const body = (await response.json()) as { error: string; error_codes: number[] }
  return { status: response.status, error: body.error, code: body.error_codes[0] }
}

test('an answer with tokens is not stored', async () => {
  const response = await tokenRequest(emulator, await codeFields())
  expect(response.status).toBe(200)
  expect(response.headers.get('cache-control')).toContain('no-store')
  expect(await response.json()).toMatchObject({ token_type: 'Bearer', scope: apiScope })
})

test.each([
  ['another verifier', { code_verifier: 'x'.repeat(43) }, 501481, 'invalid_grant'],
  ['no verifier', { code_verifier: undefined }, 501481, 'invalid_grant'],
  ['another redirect URI', { redirect_uri: 'http://localhost:7071/' }, 500112, 'invalid_client'],
  ['no redirect URI', { redirect_uri: undefined }, 500112, 'invalid_client'],
  ['a code that nobody issued', { code: 'invented' }, 9002313, 'invalid_grant'],
  ['no code', { code: undefined }, 900144, 'invalid_request'],
  ['no secret', { client_secret: undefined }, 7000218, 'invalid_client'],
  ['an app that does not exist', { client_id: 'none' }, 700016, 'unauthorized_client'],
  ['the resource parameter', { resource: 'api://entra-bff-demo' }, 901002, 'invalid_request'],
  ['a resource that does not exist', { scope: 'api://none/x' }, 500011, 'invalid_resource'],
  ['two resources', { scope: `User.Read ${apiScope}` }, 28000, 'invalid_request'],
  ['a malformed scope', { scope: 'a,b' }, 70011, 'invalid_scope'],
  ['a scope without consent', { scope: 'Mail.Read' }, 65001, 'invalid_grant'],
  ['another grant type', { grant_type: 'password' }, 70003, 'unsupported_grant_type'],
  ['no grant type', { grant_type: undefined }, 900144, 'invalid_request'],
] as const)('refuses %s', async (_what, change, code, error) => {
  const response = await tokenRequest(emulator, { ...(await codeFields()), ...change })
  expect(await errorOf(response)).toEqual({
    status: error === 'invalid_client' && code !== 500112 ? 401 : 400,
    error,
    code,
  })
})

test('refuses a second redemption of a code', async () => {
  const fields = await codeFields()
  expect((await tokenRequest(emulator, fields)).status).toBe(200)
  const again = await errorOf(await tokenRequest(emulator, fields))
  expect(again).toMatchObject({ error: 'invalid_grant', code: 54005 })
})

test('refuses a code after ten minutes and a refresh token after 90 days', async () => {
  const [code, refresh] = [await codeFields(), await refreshFields()]
  await admin.clock(601)
  expect(await errorOf(await tokenRequest(emulator, code))).toMatchObject({ code: 70008 })
  await admin.clock(91 * 24 * 3600)
  expect(await errorOf(await tokenRequest(emulator, refresh))).toMatchObject({ code: 700082 })
})

test('refuses a code at the path of another tenant', async () => {
  await admin.settings({ multiTenant: true })
  const response = await tokenRequest(emulator, await codeFields(), { tenant: 'organizations' })
  expect(await errorOf(response)).toMatchObject({ error: 'invalid_grant', code: 700005 })
  const sameTenant = await tokenRequest(emulator, await codeFields(), { tenant: 'contoso.test' })
  expect(sameTenant.status).toBe(200)
})

test('refuses an Origin header beside a client credential', async () => {
  const headers = { origin: 'http://localhost:7071' }
  const response = await tokenRequest(emulator, await codeFields(), { headers })
  expect(await errorOf(response)).toMatchObject({ error: 'invalid_request', code: 9002326 })
})

test('refuses anything but POST', async () => {
  const url = `${emulator.origin}/${emulator.tenantId}/oauth2/v2.0/token`
  expect(await errorOf(await fetch(url))).toMatchObject({ code: 900561 })
})

test('secrets can be replaced, and an expired one is told from a wrong one', async () => {
  await admin.secrets(['a+b&c=d%25 ~'], ['old'])
  const fields = await refreshFieldsWith('a+b&c=d%25 ~')
  const good = await tokenRequest(emulator, { ...fields, client_secret: 'a+b&c=d%25 ~' })
  expect(good.status).toBe(200)
  const old = await tokenRequest(emulator, { ...fields, client_secret: 'old' })
  expect(await errorOf(old)).toMatchObject({ status: 401, code: 7000222 })
})

async function refreshFieldsWith(secret: string) {
  const response = await tokenRequest(emulator, { ...(await codeFields()), client_secret: secret })
  const { refresh_token } = (await response.json()) as { refresh_token: string }
  return { grant_type: 'refresh_token', refresh_token }
}

test('a user who needs MFA refreshes only after a step-up, with the claims that Entra names', async () => {
  const user = 'max@contoso.test'
  const { refresh_token } = await signIn(emulator, config, {}, { user })
  const fields = { grant_type: 'refresh_token', refresh_token }
  const refused = (await (await tokenRequest(emulator, fields)).json()) as Record<string, string>
  expect(refused).toMatchObject({
    error: 'interaction_required',
    error_codes: [50076],
    suberror: 'basic_action',
    claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
  })
  const stepUp = { claims: refused['claims'] ?? '' }
  const again = await signIn(emulator, config, stepUp, { user })
  const response = await tokenRequest(emulator, { ...fields, refresh_token: again.refresh_token })
  expect(response.status).toBe(200)
})

test('what happens to a user shows at the next refresh', async () => {
  const fields = await refreshFields()
  await admin.changeUser('ada@contoso.test', { disabled: true })
  expect(await errorOf(await tokenRequest(emulator, fields))).toMatchObject({ code: 50057 })
  await admin.changeUser('ada@contoso.test', { deleted: true })
  expect(await errorOf(await tokenRequest(emulator, fields))).toMatchObject({ code: 50034 })
})

test('revoking the sessions of one user leaves those of others', async () => {
  const ada = await refreshFields()
  const rita = await signIn(emulator, config, {}, { user: 'rita@contoso.test' })
  expect(await admin.revokeSessions('ada@contoso.test')).toEqual({ revoked: 1 })
  expect(await errorOf(await tokenRequest(emulator, ada))).toMatchObject({ code: 50173 })
  const other = { grant_type: 'refresh_token', refresh_token: rita.refresh_token }
  expect((await tokenRequest(emulator, other)).status).toBe(200)
})
