import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../dev/entra/admin-client.ts'
import * as defaults from '../../dev/entra/defaults.ts'
import { type EntraEmulator, startEntraEmulator } from '../../dev/entra/emulator.ts'
import { BffError } from '../../src/base/errors.ts'
import { createClientCredential } from '../../src/oauth/credential/client-credential.ts'
import { createIdentityProvider } from '../../src/oauth/identity-provider.ts'
import { createHttpClient } from '../../src/outgoing/http-client.ts'
import { readAuthorizationResponse } from '../../src/oauth/authorization/authorization-response.ts'
import type { AuthoritySettings, ClientSettings } from '../../src/settings/settings.ts'
import { client } from './test-provider.ts'

const login = { state: 's'.repeat(43), nonce: 'n'.repeat(43), codeVerifier: 'v'.repeat(43) }
let emulator: EntraEmulator
let admin: EntraAdmin

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
})
afterAll(() => emulator.stop())
beforeEach(() => admin.reset())

function party(authority: Partial<AuthoritySettings> = {}, settings: Partial<ClientSettings> = {}) {
  const parts = {
    authority: {
      host: new URL(emulator.origin),
      tenant: emulator.tenantId,
      allowedTenants: undefined,
      ...authority,
    },
    client: { ...client, id: emulator.clientId, secret: defaults.clientSecret, ...settings },
    fetch: createHttpClient(),
    now: Date.now,
  }
  const credential = createClientCredential({
    ...parts,
    readSecret: () => Promise.reject(new Error('not asked')),
    readCertificate: () => Promise.reject(new Error('not asked')),
    managedIdentityAssertion,
    write: () => {},
  })
  return createIdentityProvider({ ...parts, credential })
}

async function managedIdentityAssertion(audience: string): Promise<string> {
  const { clientId, header } = defaults.managedIdentity
  const query = new URLSearchParams({
    resource: audience,
    client_id: clientId,
    'api-version': '2019-08-01',
  })
  const url = `${emulator.origin}/msi/token?${query.toString()}`
  const response = await createHttpClient()(url, { headers: { 'x-identity-header': header } })
  return (JSON.parse(await response.text()) as { access_token: string }).access_token
}

async function signIn(provider: ReturnType<typeof party>, options = {}) {
  const url = await provider.authorizationUrl(login)
  const { location, page } = await admin.authorize(url, { user: 'ada@contoso.test', ...options })
  if (location === undefined) throw new Error(`the sign-in stayed on ${page}`)
  const response = readAuthorizationResponse(new URL(location).searchParams)
  expect(response.state).toBe(login.state)
  const code = await provider.authorizationCode(response)
  return provider.redeemCode({ code, codeVerifier: login.codeVerifier, nonce: login.nonce })
}

async function outcome(action: Promise<unknown>): Promise<string> {
  return action.then(
    () => 'signed in',
    (error: unknown) => {
      if (!(error instanceof BffError)) throw error
      return error.code
    },
  )
}

test('a person signs in, refreshes, and gets a sign-out URL', async () => {
  const provider = party()
  const { tokens, claims } = await signIn(provider)
  expect(claims).toMatchObject({ preferred_username: 'ada@contoso.test', tid: emulator.tenantId })
  const { iss, sub, tid } = claims
  const refreshed = await provider.refresh({
    refreshToken: tokens.refreshToken ?? '',
    scopes: client.scopes,
    timeoutMs: 18_000,
    expected: { iss, sub, tid, nonce: login.nonce },
  })
  expect(refreshed).toMatchObject({ kind: 'refreshed', claims: { sub } })
  const url = await provider.endSessionUrl({ state: 'x' })
  expect(url.href).toContain('/oauth2/v2.0/logout?')
})

test('C-07 organizations lets in the tenants of the list', async () => {
  await admin.settings({ multiTenant: true })
  const tenants = (ids: string[]) => ({ tenant: 'organizations', allowedTenants: new Set(ids) })
  expect(await outcome(signIn(party(tenants([emulator.tenantId]))))).toBe('signed in')
  expect(await outcome(signIn(party(tenants([defaults.fabrikam.id]))))).toBe('tenant_not_allowed')
  expect(await outcome(signIn(party({ tenant: 'organizations', allowedTenants: '*' })))).toBe(
    'signed in',
  )
})

test('a tenant may be named by its domain', async () => {
  expect(await outcome(signIn(party({ tenant: 'contoso.test' })))).toBe('signed in')
})

test('J-01 a managed identity signs the app in without any secret', async () => {
  await admin.settings({ clientSecrets: [] })
  expect(await outcome(signIn(party({}, { credential: 'federated', secret: undefined })))).toBe(
    'signed in',
  )
})

const presets: [string, string][] = [
  ['wrong_nonce', 'login_failed'],
  ['wrong_issuer', 'login_failed'],
  ['wrong_audience', 'login_failed'],
  ['wrong_tenant', 'login_failed'],
  ['expired_id_token', 'login_failed'],
  ['alg_none', 'login_failed'],
  ['alg_hs256', 'login_failed'],
  ['unknown_kid', 'login_failed'],
  ['wrong_signature', 'login_failed'],
  ['no_id_token', 'login_failed'],
  ['no_access_token', 'login_failed'],
  ['token_type_wrong', 'login_failed'],
  ['not_json', 'identity_provider_unavailable'],
  ['broken_json', 'identity_provider_unavailable'],
  ['huge', 'identity_provider_unavailable'],
  ['redirect', 'identity_provider_unavailable'],
  ['unavailable', 'identity_provider_unavailable'],
  ['throttled', 'identity_provider_unavailable'],
  ['drop', 'identity_provider_unavailable'],
  ['answer_lost', 'identity_provider_unavailable'],
  ['invalid_client', 'configuration_error'],
  ['discovery_wrong_issuer', 'configuration_error'],
  ['discovery_http', 'configuration_error'],
  ['discovery_garbage', 'identity_provider_unavailable'],
  ['jwks_down', 'identity_provider_unavailable'],
  ['jwks_empty', 'identity_provider_unavailable'],
  ['no_refresh_token', 'signed in'],
  ['no_expires_in', 'signed in'],
  ['token_type_lower', 'signed in'],
  ['discovery_plain_pkce', 'signed in'],
]

test.each(presets)(
  'the fault %s ends in %s, and the next sign-in works',
  async (preset, expected) => {
    const provider = party()
    await admin.fault(preset)
    expect(await outcome(signIn(provider))).toBe(expected)
    await admin.clearFaults()
    expect(await outcome(signIn(provider))).toBe('signed in')
  },
)

test('C-04 a key that is rolled over between two sign-ins is found', async () => {
  const provider = party()
  await signIn(provider)
  await admin.rollOverKeys({ retire: true })
  expect(await outcome(signIn(provider))).toBe('signed in')
})

test('B-08 a provider that sends its issuer is believed', async () => {
  await admin.settings({ sendIss: true })
  expect(await outcome(signIn(party()))).toBe('signed in')
})
