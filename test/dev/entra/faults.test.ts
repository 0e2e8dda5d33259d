import { decodeJwt, decodeProtectedHeader } from 'jose'
import * as openid from 'openid-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { discover, signIn, tokenRequest } from './client.ts'

let emulator: EntraEmulator
let admin: EntraAdmin
let config: openid.Configuration
let refreshToken: string

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(async () => {
  await admin.reset()
  config = await discover(emulator)
  refreshToken = (await signIn(emulator, config)).refresh_token ?? ''
  await admin.clearRequests()
})
afterAll(() => emulator.stop())

function refresh(signal?: AbortSignal): Promise<Response> {
  const fields = { grant_type: 'refresh_token', refresh_token: refreshToken }
  return tokenRequest(emulator, fields, signal && { signal })
}

async function refreshed(): Promise<Record<string, string>> {
  return (await (await refresh()).json()) as Record<string, string>
}

test('a fault strikes as often as it says and then no more', async () => {
  await admin.fault('refresh_revoked', 2)
  const statuses = [(await refresh()).status, (await refresh()).status, (await refresh()).status]
  expect(statuses).toEqual([400, 400, 200])
})

test('a fault for refreshing leaves sign-ins alone, and one for always stays until cleared', async () => {
  await admin.fault('refresh_mfa', null)
  await expect(signIn(emulator, config)).resolves.toHaveProperty('id_token')
  expect(await refreshed()).toMatchObject({
    error: 'interaction_required',
    suberror: 'basic_action',
    claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
  })
  await admin.clearFaults()
  expect((await refresh()).status).toBe(200)
})

test('any Entra error and any other answer can be asked for', async () => {
  await admin.fault({ on: 'token', error: { code: 50053, error: 'invalid_grant' } })
  expect(await refreshed()).toMatchObject({ error: 'invalid_grant', error_codes: [50053] })
  await admin.fault('throttled')
  const throttled = await refresh()
  expect([throttled.status, throttled.headers.get('retry-after')]).toEqual([429, '11'])
  await admin.fault('redirect')
  expect((await refresh()).status).toBe(307)
  await admin.fault('not_json')
  expect((await refresh()).headers.get('content-type')).toBe('text/html')
  await admin.fault('huge')
  expect((await (await refresh()).text()).length).toBe(2_000_000)
})

test('a dropped connection did nothing, a lost answer did its work', async () => {
  await admin.settings({ refreshMode: 'strict' })
  await admin.fault('drop')
  await expect(refresh()).rejects.toThrow('fetch failed')
  await admin.fault('answer_lost')
  await expect(refresh()).rejects.toThrow('fetch failed')
  expect(await refreshed()).toMatchObject({ error: 'invalid_grant' })
})

test('a hanging call ends with the emulator or the caller', async () => {
  await admin.fault('hang')
  await expect(refresh(AbortSignal.timeout(300))).rejects.toThrow('aborted')
  await admin.fault({ on: 'token', delayMs: 50 })
  expect((await refresh()).status).toBe(200)
})

test.each(['no_refresh_token', 'no_id_token', 'no_expires_in'])(
  '%s leaves it out',
  async (preset) => {
    await admin.fault(preset)
    expect(await refreshed()).not.toHaveProperty(preset.slice(3))
  },
)

test('claims and headers of the next ID token can be anything', async () => {
  await admin.fault({
    on: 'token',
    idToken: {
      claims: { nonce: ['array'], exp: 1e300 },
      removeClaims: ['sub'],
      header: { jku: 'https://attacker.test/keys' },
      removeHeader: ['kid'],
    },
  })
  const { id_token: idToken = '' } = await refreshed()
  expect(decodeJwt(idToken)).toMatchObject({ nonce: ['array'], exp: 1e300 })
  expect(decodeJwt(idToken)).not.toHaveProperty('sub')
  expect(decodeProtectedHeader(idToken)).toMatchObject({ jku: 'https://attacker.test/keys' })
  expect(decodeProtectedHeader(idToken)).not.toHaveProperty('kid')
  await admin.fault({ on: 'token', idToken: { payload: '{"aud":"a","aud":"b"}' } })
  const [, payload] = ((await refreshed())['id_token'] ?? '').split('.')
  expect(Buffer.from(payload ?? '', 'base64url').toString()).toBe('{"aud":"a","aud":"b"}')
})

test.each([
  ['wrong_nonce', 'nonce'],
  ['wrong_issuer', 'iss'],
  ['wrong_audience', 'aud'],
  ['expired_id_token', 'exp'],
  ['alg_none', 'alg'],
  ['alg_hs256', 'alg'],
  ['unknown_kid', 'key'],
  ['wrong_signature', 'signature'],
])('openid-client refuses a sign-in with %s', async (preset) => {
  openid.enableNonRepudiationChecks(config)
  await admin.fault(preset)
  await expect(signIn(emulator, config)).rejects.toBeInstanceOf(Error)
  await expect(signIn(emulator, config)).resolves.toHaveProperty('id_token')
})

test('discovery and keys can be wrong, and the whole provider can be away', async () => {
  await admin.fault('discovery_down')
  await expect(discover(emulator)).rejects.toMatchObject({ cause: { status: 503 } })
  await admin.fault('discovery_wrong_issuer')
  await expect(discover(emulator)).rejects.toThrow('expected issuer')
  await admin.fault('jwks_empty')
  const keys = await fetch(`${emulator.origin}/${emulator.tenantId}/discovery/v2.0/keys`)
  expect(await keys.json()).toEqual({ keys: [] })
  await admin.down()
  await expect(discover(emulator)).rejects.toThrow('fetch failed')
  await admin.down('unavailable')
  expect((await refresh()).status).toBe(503)
  await admin.up()
  expect((await refresh()).status).toBe(200)
})

test('access tokens can be opaque, large, short-lived, and carry a canary with all that is issued', async () => {
  await admin.settings({
    canary: 'CANARY',
    accessTokenLifetimeSeconds: 60,
    tokenPaddingKilobytes: 8,
  })
  const tokens = await signIn(emulator, config)
  expect(tokens.expires_in).toBe(60)
  expect(tokens.access_token.length).toBeGreaterThan(8192)
  expect(tokens.refresh_token).toContain('CANARY')
  expect(decodeJwt(tokens.access_token)).toMatchObject({ canary: 'CANARY' })
  await admin.settings({ opaqueAccessTokens: true })
  const opaque = await signIn(emulator, config)
  expect(opaque.access_token).toMatch(/^EwBCANARY[\w-]+$/)
})

test('retiring the old key takes it off the list', async () => {
  const before = await keyIds()
  await admin.rollOverKeys({ retire: true })
  const after = await keyIds()
  expect(after).toHaveLength(1)
  expect(before).not.toContain(after[0])
})

async function keyIds(): Promise<string[]> {
  const response = await fetch(`${emulator.origin}/${emulator.tenantId}/discovery/v2.0/keys`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

test('the log decodes requests and keeps no credential', async () => {
  await refresh()
  const log = await admin.requests({ kind: 'token', grant_type: 'refresh_token' })
  expect(log).toHaveLength(1)
  expect(log[0]).toMatchObject({
    outcome: 'tokens issued',
    status: 200,
    user: 'ada@contoso.test',
    parameters: { grant_type: 'refresh_token', refresh_token: { length: refreshToken.length } },
    issued: { access_token: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
  })
  const text = JSON.stringify(log)
  expect(text).not.toContain(refreshToken)
  expect(text).not.toContain('only.the-emulator')
})

test('a reset forgets what the admin API changed and keeps what configure said', async () => {
  emulator.configure({ appName: 'Renamed' })
  await admin.settings({ appName: 'Changed', sendIss: true })
  await admin.reset()
  const response = await fetch(`${emulator.origin}/_admin/settings`)
  expect(await response.json()).toMatchObject({ appName: 'Renamed', sendIss: false })
})

test('a page of another site cannot use the admin API', async () => {
  const response = await fetch(`${emulator.origin}/_admin/reset`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'cross-site' },
  })
  expect(response.status).toBe(403)
  await expect(admin.fault('no such fault')).rejects.toThrow('no preset')
})
