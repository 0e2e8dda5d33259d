import { CryptographyClient, KeyClient } from '@azure/keyvault-keys'
import { SecretClient } from '@azure/keyvault-secrets'
import { createHash, generateKeyPairSync, verify, constants } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startKeyVaultEmulator, type KeyVaultEmulator } from '../../../dev/key-vault/emulator.ts'

const tenantId = 'c0470050-1111-4111-8111-000000000001'
const authority = 'http://127.0.0.1:7072'
const clientOptions = {
  allowInsecureConnection: true,
  disableChallengeResourceVerification: true,
  retryOptions: { maxRetries: 0 },
}

let vault: KeyVaultEmulator
let tokenRequests: { scopes: unknown; tenantId: string | undefined }[]
const credential = {
  getToken: (scopes: unknown, options?: { tenantId?: string }) => {
    tokenRequests.push({ scopes, tenantId: options?.tenantId })
    return Promise.resolve({ token: 'opaque', expiresOnTimestamp: Date.now() + 3_600_000 })
  },
}
const secretClient = (): SecretClient => new SecretClient(vault.url, credential, clientOptions)

beforeEach(async () => {
  tokenRequests = []
  vault = await startKeyVaultEmulator({ tenantId, authority })
})
afterEach(() => vault.stop())

test('challenges the SDK first, which then asks for a token of the named tenant and for the vault', async () => {
  vault.setSecret('session-key', 'value')

  const secret = await secretClient().getSecret('session-key')

  expect(secret.value).toBe('value')
  expect(tokenRequests).toEqual([{ scopes: ['https://vault.azure.net/.default'], tenantId }])
  expect(vault.calls('getSecret', 'session-key')).toBe(1)
})

test('gives the newest version, or the one that is asked for', async () => {
  const first = vault.setSecret('key', 'old', { createdAt: new Date('2026-01-01T00:00:00Z') })
  const second = vault.setSecret('key', 'new', { createdAt: new Date('2026-01-02T00:00:00Z') })
  const client = secretClient()

  expect((await client.getSecret('KEY')).properties.version).toBe(second)
  expect((await client.getSecret('key', { version: first })).value).toBe('old')
})

test('lists all versions over several pages, with their times', async () => {
  const created = new Map<string, number>()
  for (let day = 1; day <= 30; day += 1) {
    const createdAt = new Date(Date.UTC(2026, 0, day))
    created.set(vault.setSecret('key', `${day}`, { createdAt, enabled: day !== 3 }), +createdAt)
  }

  const seen = new Map<string, number>()
  const disabled: string[] = []
  for await (const properties of secretClient().listPropertiesOfSecretVersions('key')) {
    seen.set(properties.version ?? '', properties.createdOn?.getTime() ?? 0)
    if (properties.enabled === false) disabled.push(properties.version ?? '')
  }

  expect(seen).toEqual(created)
  expect(disabled).toHaveLength(1)
  expect(vault.calls('listVersions')).toBe(2)
})

test('takes secrets from the SDK, with content type and expiry', async () => {
  const expiresOn = new Date('2030-01-01T00:00:00Z')
  const client = secretClient()

  await client.setSecret('client-secret', 'abc', { expiresOn, contentType: 'text/plain' })

  const { value, properties } = await client.getSecret('client-secret')
  expect({ value, expiresOn: properties.expiresOn, contentType: properties.contentType }).toEqual({
    value: 'abc',
    expiresOn,
    contentType: 'text/plain',
  })
})

test.each([
  ['missing', () => undefined, 404, 'SecretNotFound'],
  ['disabled', () => vault.setSecret('x', 'v', { enabled: false }), 403, 'Forbidden'],
  ['removed', () => vault.removeVersion('x', vault.setSecret('x', 'v')), 404, 'SecretNotFound'],
])('refuses a %s secret as the vault does', async (_, arrange, statusCode, code) => {
  arrange()

  await expect(secretClient().getSecret('x')).rejects.toMatchObject({ statusCode, code })
})

test.each(['RS256', 'PS256'] as const)(
  'signs %s digests with a key that never leaves it',
  async (algorithm) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const version = vault.setCertificate('cert', {
      certificate: '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n',
      privateKey: pem,
      exportable: false,
    })
    const digest = createHash('sha256').update('data').digest()

    const key = await new KeyClient(vault.url, credential, clientOptions).getKey('cert')
    const signer = new CryptographyClient(key, credential, clientOptions)
    const { result } = await signer.sign(algorithm, digest)

    expect(key.properties.version).toBe(version)
    expect((await secretClient().getSecret('cert')).value).not.toContain('PRIVATE KEY')
    const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    const options = algorithm === 'PS256' ? pss : {}
    const fits = verify('sha256', Buffer.from('data'), { key: publicKey, ...options }, result)
    expect(fits).toBe(true)
  },
)

test('shows the private key of an exportable certificate in its secret', async () => {
  vault.setCertificate('cert', { certificate: 'CERT', privateKey: 'KEY', exportable: true })

  const { value, properties } = await secretClient().getSecret('cert')

  expect(value).toBe('KEY\nCERT')
  expect(properties.contentType).toBe('application/x-pem-file')
})

test.each([
  ['down', 503],
  ['throttled', 429],
  ['forbidden', 403],
] as const)('plays the fault "%s"', async (kind, statusCode) => {
  vault.setSecret('a', '1')
  vault.setFault({ kind, times: 1 })
  const client = secretClient()

  await expect(client.getSecret('a')).rejects.toMatchObject({ statusCode })
  expect((await client.getSecret('a')).value).toBe('1')
})

test('plays garbage and silence for one secret, and leaves the others alone', async () => {
  vault.setSecret('a', '1')
  vault.setSecret('b', '2')
  const client = secretClient()

  vault.setFault({ kind: 'garbage', name: 'a' })
  expect((await client.getSecret('a').catch(() => undefined))?.value).toBeUndefined()
  vault.setFault({ kind: 'hang', name: 'a' })
  const abortSignal = AbortSignal.timeout(100)
  await expect(client.getSecret('a', { abortSignal })).rejects.toThrow(/abort/i)
  expect((await client.getSecret('b')).value).toBe('2')
})

test('lets faults be set and calls be read over HTTP', async () => {
  vault.setSecret('a', '1')
  const body = JSON.stringify({ kind: 'down' })
  await fetch(`${vault.url}/_admin/fault`, { method: 'POST', body })

  await expect(secretClient().getSecret('a')).rejects.toMatchObject({ statusCode: 503 })

  const cleared = await fetch(`${vault.url}/_admin/fault`, { method: 'DELETE' })
  expect(await cleared.json()).toEqual({ 'getSecret a': 1 })
  expect((await secretClient().getSecret('a')).value).toBe('1')
})

test('refuses a token that was issued for another resource', async () => {
  const payload = Buffer.from(JSON.stringify({ aud: 'https://graph.microsoft.com' }))
  const authorization = `Bearer e30.${payload.toString('base64url')}.AAAA`

  const response = await fetch(`${vault.url}/secrets/a`, { headers: { authorization } })

  expect(response.status).toBe(401)
})

test('keeps secrets in a directory where one is given', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'vault-'))
  const first = await startKeyVaultEmulator({ tenantId, authority, directory })
  const version = first.setSecret('a', 'kept')
  await first.stop()

  const second = await startKeyVaultEmulator({ tenantId, authority, directory })
  const client = new SecretClient(second.url, credential, clientOptions)
  const secret = await client.getSecret('a')
  await second.stop()

  expect(secret.value).toBe('kept')
  expect(secret.properties.version).toBe(version)
})
