import { createPrivateKey, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import * as selfsigned from 'selfsigned'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { clientId, managedIdentity } from '../../../dev/entra/defaults.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { discover, redirectUri, startSignIn, tokenRequest } from './client.ts'

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
let emulator: EntraEmulator
let admin: EntraAdmin
let certificate: { cert: string; private: string }

beforeAll(async () => {
  certificate = await selfsigned.generate([{ name: 'commonName', value: 'entra-bff' }], {
    keySize: 2048,
  })
  emulator = await startEntraEmulator({ certificates: [certificate.cert] })
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(() => admin.reset())
afterAll(() => emulator.stop())

async function redeemWith(assertion: string) {
  const { location, checks } = await startSignIn(emulator, await discover(emulator))
  const response = await tokenRequest(emulator, {
    client_secret: undefined,
    client_assertion_type: jwtBearer,
    client_assertion: assertion,
    grant_type: 'authorization_code',
    code: location.searchParams.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: checks.pkceCodeVerifier,
  })
  const body = (await response.json()) as { error_codes?: number[] }
  return { status: response.status, code: body.error_codes?.[0] }
}

function tokenEndpoint(): string {
  return `${emulator.origin}/${emulator.tenantId}/oauth2/v2.0/token`
}

function thumbprints() {
  const { fingerprint, fingerprint256 } = new X509Certificate(certificate.cert)
  const encode = (hex: string) => Buffer.from(hex.replaceAll(':', ''), 'hex').toString('base64url')
  return { x5t: encode(fingerprint), 'x5t#S256': encode(fingerprint256) }
}

function certificateAssertion(
  header: { alg: string } & Record<string, string>,
  claims: Record<string, unknown> = {},
  key = certificate.private,
): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({
    aud: tokenEndpoint(),
    iss: clientId,
    sub: clientId,
    jti: crypto.randomUUID(),
    nbf: now,
    exp: now + 300,
    ...claims,
  })
    .setProtectedHeader(header)
    .sign(createPrivateKey(key))
}

async function identityToken(resource = 'api://AzureADTokenExchange'): Promise<string> {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource })
  const response = await fetch(`${emulator.origin}/msi/token?${query.toString()}`, {
    headers: { 'x-identity-header': managedIdentity.header },
  })
  return ((await response.json()) as { access_token: string }).access_token
}

test.each(['RS256', 'PS256'])('accepts %s by a registered certificate', async (alg) => {
  const { x5t, 'x5t#S256': s256 } = thumbprints()
  expect(await redeemWith(await certificateAssertion({ alg, 'x5t#S256': s256 }))).toMatchObject({
    status: 200,
  })
  expect(await redeemWith(await certificateAssertion({ alg, x5t }))).toMatchObject({ status: 200 })
})

test.each([
  ['another audience', { aud: 'https://elsewhere.test' }, 700023],
  ['the issuer as audience', { aud: 'issuer' }, 700023],
  ['another subject', { sub: 'somebody' }, 700021],
  ['an assertion that has expired', { exp: 1_700_000_000, nbf: 1_699_999_000 }, 700024],
  ['an assertion of the future', { nbf: 4_000_000_000, exp: 4_000_000_300 }, 700024],
  ['no jti', { jti: undefined }, 50027],
])('refuses %s', async (_what, claims, code) => {
  const assertion = await certificateAssertion({ alg: 'PS256', ...thumbprints() }, claims)
  expect(await redeemWith(assertion)).toEqual({ status: 401, code })
})

test('refuses a key that does not fit the certificate, and a certificate that is not registered', async () => {
  const other = await selfsigned.generate([{ name: 'commonName', value: 'other' }], {
    keySize: 2048,
  })
  const header = { alg: 'RS256', ...thumbprints() }
  const wrongKey = await certificateAssertion(header, {}, other.private)
  expect(await redeemWith(wrongKey)).toEqual({ status: 401, code: 700027 })
  const unknown = await certificateAssertion({ alg: 'RS256', 'x5t#S256': 'unknown' })
  expect(await redeemWith(unknown)).toEqual({ status: 401, code: 700027 })
})

test("accepts the managed identity's token", async () => {
  expect(await redeemWith(await identityToken())).toMatchObject({ status: 200 })
})

test('refuses tokens of the managed identity for another audience, or of another identity', async () => {
  const vault = await identityToken('https://vault.azure.net')
  expect(await redeemWith(vault)).toEqual({ status: 401, code: 700212 })
  const token = await identityToken()
  await admin.settings({ federatedCredentials: [{ subject: 'other', audience: 'x' }] })
  expect(await redeemWith(token)).toEqual({ status: 401, code: 700213 })
  await admin.settings({
    federatedCredentials: [{ issuer: 'https://other.test', subject: 'other', audience: 'x' }],
  })
  expect(await redeemWith(token)).toEqual({ status: 401, code: 700211 })
})

test('refuses a managed identity token with another signature', async () => {
  const [header, payload] = (await identityToken()).split('.')
  const forged = `${header ?? ''}.${payload ?? ''}.${Buffer.alloc(256).toString('base64url')}`
  expect(await redeemWith(forged)).toEqual({ status: 401, code: 50027 })
  expect(await redeemWith('nonsense')).toEqual({ status: 401, code: 50027 })
})
