import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { clientId, clientSecret, fabrikam } from '../../../dev/entra/defaults.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { discover, redirectUri, signIn, startSignIn, tokenRequest } from './client.ts'

let emulator: EntraEmulator
let admin: EntraAdmin

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(() => admin.reset())
afterAll(() => emulator.stop())

async function json(path: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${emulator.origin}/${path}`)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

test.each(['c0470050-1111-4111-8111-000000000001', 'contoso.test', 'CONTOSO.test'])(
  'the document of a tenant (%s) names the tenant by its id',
  async (tenant) => {
    const { body } = await json(`${tenant}/v2.0/.well-known/openid-configuration`)
    const base = `${emulator.origin}/${emulator.tenantId}`
    expect(body).toMatchObject({
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      frontchannel_logout_supported: true,
      subject_types_supported: ['pairwise'],
    })
    expect(body).not.toHaveProperty('code_challenge_methods_supported')
    expect(body).not.toHaveProperty('authorization_response_iss_parameter_supported')
  },
)

test.each(['organizations', 'common'])('the issuer of %s is a template', async (tenant) => {
  const { body } = await json(`${tenant}/v2.0/.well-known/openid-configuration`)
  expect(body).toMatchObject({
    issuer: `${emulator.origin}/{tenantid}/v2.0`,
    token_endpoint: `${emulator.origin}/${tenant}/oauth2/v2.0/token`,
  })
  const keys = await json(`${tenant}/discovery/v2.0/keys`)
  expect(keys.body['keys']).toContainEqual(
    expect.objectContaining({ issuer: `${emulator.origin}/{tenantid}/v2.0`, kty: 'RSA' }),
  )
})

test('keys say whose they are, and no private parts', async () => {
  const { body } = await json(`${emulator.tenantId}/discovery/v2.0/keys`)
  const keys = body['keys'] as Record<string, unknown>[]
  expect(keys).toHaveLength(2)
  expect(Object.keys(keys[0] ?? {}).sort()).toEqual(
    ['cloud_instance_name', 'e', 'issuer', 'kid', 'kty', 'n', 'use', 'x5t'].sort(),
  )
  expect(keys[0]).toMatchObject({ issuer: `${emulator.origin}/${emulator.tenantId}/v2.0` })
})

test('a tenant that does not exist is AADSTS90002', async () => {
  const { status, body } = await json('nowhere.test/v2.0/.well-known/openid-configuration')
  expect(status).toBe(400)
  expect(body).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] })
})

test('a single-tenant app cannot be used at the common endpoints', async () => {
  const config = multiTenantConfig('organizations')
  await expect(startSignIn(emulator, config)).rejects.toThrow('AADSTS50194')
})

test("at organizations the tokens are those of the user's own tenant", async () => {
  await admin.settings({ multiTenant: true })
  const config = multiTenantConfig('organizations')
  const { location, checks } = await startSignIn(
    emulator,
    config,
    {},
    { user: 'gus@fabrikam.test' },
  )
  const fields = {
    grant_type: 'authorization_code',
    code: location.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: checks.pkceCodeVerifier,
  }
  const response = await tokenRequest(emulator, fields, { tenant: 'organizations' })
  const { id_token: idToken } = (await response.json()) as { id_token: string }
  const claims = JSON.parse(
    Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString(),
  ) as unknown
  expect(claims).toMatchObject({
    tid: fabrikam.id,
    iss: `${emulator.origin}/${fabrikam.id}/v2.0`,
  })
  expect(claims).not.toHaveProperty('idp')
})

test("in the app's own tenant a guest keeps its tid and says where it is at home", async () => {
  const tokens = await signIn(emulator, await discover(emulator), {}, { user: 'gus@fabrikam.test' })
  expect(tokens.claims()).toMatchObject({ tid: emulator.tenantId, acct: 1 })
  expect(tokens.claims()?.['idp']).toContain(fabrikam.id)
})

function multiTenantConfig(tenant: string): openid.Configuration {
  const base = `${emulator.origin}/${tenant}/oauth2/v2.0`
  const metadata = {
    issuer: `${emulator.origin}/{tenantid}/v2.0`,
    authorization_endpoint: `${base}/authorize`,
    token_endpoint: `${base}/token`,
  }
  const config = new openid.Configuration(metadata, clientId, clientSecret)
  openid.allowInsecureRequests(config)
  return config
}
