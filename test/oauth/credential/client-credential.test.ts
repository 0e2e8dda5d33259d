import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import type { EventMembers, EventName } from '../../../src/base/events.ts'
import { createClientCredential } from '../../../src/oauth/credential/client-credential.ts'
import type { ClientCredentialParts } from '../../../src/oauth/credential/credential-loaders.ts'
import type { SecretVersion } from '../../../src/base/secrets.ts'
import {
  client,
  clientId,
  json,
  redemption,
  relyingParty,
  startProvider,
  type TestProvider,
} from '../test-provider.ts'

let provider: TestProvider
let secret: SecretVersion | BffError
let assertion: string | BffError
let asked: string[]
let now: number
let lines: [EventName, EventMembers | undefined][]

beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.stop())
beforeEach(() => {
  provider.reset()
  secret = { value: 'first', version: '1', createdAt: 0 }
  assertion = ''
  asked = []
  now = Date.now()
  lines = []
})

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }

function credential(change: Partial<ClientCredentialParts['client']> = {}, host = provider.origin) {
  return createClientCredential({
    authority: { host: new URL(host) },
    client: { ...client, secret: undefined, ...change },
    readSecret: async (name) => {
      asked.push(name)
      if (secret instanceof BffError) throw secret
      return secret
    },
    readCertificate: async (name) => {
      asked.push(name)
      return {
        thumbprint: 'the-thumbprint',
        version: '1',
        sign: async (data) => sign('sha256', data, { key: privateKey, ...padding }),
      }
    },
    managedIdentityAssertion: async (audience) => {
      asked.push(audience)
      if (assertion instanceof BffError) throw assertion
      return assertion
    },
    now: () => now,
    write: (event, members) => lines.push([event, members]),
  })
}

/** What the provider is sent, and whether it lets the sign-in through. */
async function signIn(used: ReturnType<typeof credential>) {
  const party = relyingParty(provider, { credential: used, now: () => now })
  const code = await party.redeemCode(redemption).then(
    () => 'signed in',
    (error: unknown) => (error instanceof BffError ? error.code : String(error)),
  )
  return {
    code,
    forms: provider.requests.flatMap(({ path, form }) => (path === '/token' ? [form] : [])),
  }
}

/** The provider takes only this secret from now on. */
function acceptOnly(value: string) {
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    if (provider.requests.at(-1)?.form.get('client_secret') === value) return false
    json(response, 401, { error: 'invalid_client', error_codes: [7000215] })
    return true
  }
}

test('J-03 a secret with any character arrives as it is', async () => {
  secret = { value: 'a+b&c=d%25 ~._-ü"', version: '1', createdAt: 0 }
  const { forms } = await signIn(credential())
  expect(forms[0]?.get('client_secret')).toBe('a+b&c=d%25 ~._-ü"')
  expect(forms[0]?.get('client_id')).toBe(clientId)
})

test.each(['', ' secret', 'secret\n'])(
  'J-03 a secret %j is a mistake of the vault',
  async (value) => {
    secret = { value, version: '1', createdAt: 0 }
    const { code, forms } = await signIn(credential())
    expect(code).toBe('configuration_error')
    expect(forms).toEqual([])
  },
)

test('a secret that is a plain setting needs no vault', async () => {
  const { forms } = await signIn(credential({ secret: 'plain' }))
  expect(forms[0]?.get('client_secret')).toBe('plain')
  expect(asked).toEqual([])
})

test('J-02 a secret is read once for all parallel callers, and again after about an hour', async () => {
  const used = credential()
  await Promise.all(Array.from({ length: 50 }, () => used.authenticate()))
  expect(asked).toEqual(['entra-client-secret'])
  now += 53 * 60_000
  await used.authenticate()
  expect(asked).toHaveLength(1)
  now += 14 * 60_000
  await used.authenticate()
  expect(asked).toHaveLength(2)
  expect(lines).toEqual([])
})

test('J-02 a secret goes on being used while the vault is away', async () => {
  const used = credential()
  const authentication = await used.authenticate()
  secret = new BffError('vault_unavailable', 'the vault is away')
  now += 48 * 3_600_000
  expect(await used.authenticate()).toBe(authentication)
  expect(await used.authenticate()).toBe(authentication)
  expect(asked).toHaveLength(2)
})

test('a vault that is away from the start is vault_unavailable, and heals', async () => {
  const used = credential()
  const { value } = secret as SecretVersion
  secret = new BffError('vault_unavailable', 'the vault is away')
  expect((await signIn(used)).code).toBe('vault_unavailable')
  secret = { value, version: '1', createdAt: 0 }
  expect((await signIn(used)).code).toBe('signed in')
})

test('D-15 a rotated secret is read when the old one is refused, and the sign-in goes through', async () => {
  const used = credential()
  expect((await signIn(used)).code).toBe('signed in')
  secret = { value: 'second', version: '2', createdAt: 0 }
  acceptOnly('second')
  provider.requests.length = 0
  const { code, forms } = await signIn(used)
  expect(code).toBe('signed in')
  expect(forms.map((form) => form.get('client_secret'))).toEqual(['first', 'second'])
  expect(lines).toEqual([['bff.credential.reloaded', { version: '2' }]])
})

test('D-15 twenty sign-ins with the old secret read the new one once and all go through', async () => {
  const used = credential()
  await used.authenticate()
  secret = { value: 'second', version: '2', createdAt: 0 }
  acceptOnly('second')
  const codes = await Promise.all(Array.from({ length: 20 }, async () => (await signIn(used)).code))
  expect(new Set(codes)).toEqual(new Set(['signed in']))
  expect(asked.length).toBeLessThan(5)
})

test('D-15 an unchanged secret is not sent twice', async () => {
  acceptOnly('another')
  const { code, forms } = await signIn(credential())
  expect(code).toBe('configuration_error')
  expect(forms).toHaveLength(1)
  expect(asked).toHaveLength(2)
})

test('D-15 a second refusal is final', async () => {
  const used = credential()
  await used.authenticate()
  secret = { value: 'second', version: '2', createdAt: 0 }
  acceptOnly('another')
  const { code, forms } = await signIn(used)
  expect(code).toBe('configuration_error')
  expect(forms).toHaveLength(2)
})

test('J-01 a certificate signs an assertion for the token endpoint, new for each request', async () => {
  const used = credential({ credential: 'certificate' })
  await signIn(used)
  const { forms } = await signIn(used)
  expect(asked).toEqual(['entra-client-certificate'])
  expect(forms[0]?.has('client_secret')).toBe(false)
  expect(forms[0]?.get('client_assertion_type')).toBe(
    'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  )
  const jwt = forms[0]?.get('client_assertion') ?? ''
  expect(decodeProtectedHeader(jwt)).toEqual({
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': 'the-thumbprint',
  })
  const claims = decodeJwt(jwt)
  expect(claims).toMatchObject({ aud: `${provider.origin}/token`, iss: clientId, sub: clientId })
  expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300)
  const [header, payload, signature] = jwt.split('.')
  const data = Buffer.from(`${header}.${payload}`)
  const given = Buffer.from(signature ?? '', 'base64url')
  expect(verify('sha256', data, { key: publicKey, ...padding }, given)).toBe(true)
  expect(claims.jti).not.toBe(decodeJwt(forms[1]?.get('client_assertion') ?? '').jti)
})

function assertionUntil(milliseconds: number): string {
  return new UnsecuredJWT({ exp: Math.floor(milliseconds / 1000) }).encode()
}

test('J-01 a managed identity stands in for a secret until its token nears its end', async () => {
  assertion = assertionUntil(now + 30 * 60_000)
  const used = credential({ credential: 'federated' })
  const { forms } = await signIn(used)
  expect(forms[0]?.get('client_assertion')).toBe(assertion)
  expect(forms[0]?.has('client_secret')).toBe(false)
  now += 24 * 60_000
  await used.authenticate()
  expect(asked).toHaveLength(1)
  now += 2 * 60_000
  await used.authenticate()
  expect(asked).toHaveLength(2)
})

test('J-01 an assertion is used while no newer one can be had, but not past its end', async () => {
  assertion = assertionUntil(now + 30 * 60_000)
  const used = credential({ credential: 'federated' })
  await used.authenticate()
  assertion = new BffError('vault_unavailable', 'the identity endpoint is away')
  now += 29 * 60_000
  await used.authenticate()
  now += 2 * 60_000
  await expect(used.authenticate()).rejects.toMatchObject({ code: 'vault_unavailable' })
})

const audiences: [string, string][] = [
  ['https://login.microsoftonline.com', 'api://AzureADTokenExchange'],
  ['https://login.microsoftonline.us', 'api://AzureADTokenExchangeUSGov'],
  ['https://login.partner.microsoftonline.cn', 'api://AzureADTokenExchangeChina'],
  ['https://contoso.ciamlogin.com', 'api://AzureADTokenExchange'],
]

test.each(audiences)('J-01 for %s the assertion is for %s', async (host, audience) => {
  assertion = assertionUntil(now + 3_600_000)
  await credential({ credential: 'federated' }, host).authenticate()
  expect(asked).toEqual([audience])
})

test('an assertion that is refused is fetched once more, and the newer one is sent', async () => {
  assertion = assertionUntil(now + 3_600_000)
  const used = credential({ credential: 'federated' })
  await used.authenticate()
  const newer = assertionUntil(now + 7_200_000)
  assertion = newer
  provider.answer = (path, response) => {
    if (path !== '/token') return false
    if (provider.requests.at(-1)?.form.get('client_assertion') === newer) return false
    json(response, 401, { error: 'invalid_client', error_codes: [700024] })
    return true
  }
  expect((await signIn(used)).code).toBe('signed in')
})
