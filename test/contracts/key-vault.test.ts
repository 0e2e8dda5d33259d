import { createHash, generateKeyPairSync, randomBytes, verify, constants } from 'node:crypto'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KeyVaultEmulator, startKeyVaultEmulator } from '../../dev/key-vault/emulator.ts'
import { createVault } from '../../src/azure/key-vault.ts'
import type { Vault } from '../../src/base/secrets.ts'
import { noon } from '../support/store-rows.ts'

let emulator: KeyVaultEmulator
let vault: Vault

const noToken = () => Promise.reject(new Error('an emulator gets no token of Azure'))

beforeEach(async () => {
  emulator = await startKeyVaultEmulator({
    tenantId: '11111111-1111-4111-8111-111111111111',
    authority: 'https://login.microsoftonline.com',
  })
  vault = createVault(new URL(emulator.url), noToken, () => noon * 1000)
})

afterEach(() => emulator.stop())

const at = (seconds: number) => new Date(seconds * 1000)

test('the current version of a secret is read after the challenge', async () => {
  emulator.setSecret('client', 'old', { createdAt: at(noon - 60) })
  const version = emulator.setSecret('client', 'a+b&c=d%25 ~', { createdAt: at(noon) })

  expect(await vault.readSecret('client')).toEqual({
    value: 'a+b&c=d%25 ~',
    version,
    createdAt: noon * 1000,
  })
})

test('versions are listed oldest first, without disabled and expired ones', async () => {
  emulator.setSecret('key', 'second', { createdAt: at(noon - 60) })
  emulator.setSecret('key', 'first', { createdAt: at(noon - 120), expires: at(noon + 60) })
  emulator.setSecret('key', 'third', { createdAt: at(noon) })
  emulator.setSecret('key', 'disabled', { createdAt: at(noon - 30), enabled: false })
  emulator.setSecret('key', 'expired', { createdAt: at(noon - 30), expires: at(noon - 1) })

  const versions = await vault.listSecretVersions('key')

  expect(versions.map(({ value }) => value)).toEqual(['first', 'second', 'third'])
  expect(versions[2]?.createdAt).toBe(noon * 1000)
})

test('of many versions only the ten newest are read', async () => {
  for (let i = 0; i < 30; i++) emulator.setSecret('key', `v${i}`, { createdAt: at(noon + i) })

  const versions = await vault.listSecretVersions('key')

  expect(versions.map(({ value }) => value)).toEqual(
    Array.from({ length: 10 }, (_, i) => `v${i + 20}`),
  )
  expect(emulator.calls('getSecret')).toBe(10)
})

test('a missing secret is a configuration_error that names the vault', async () => {
  await expect(vault.readSecret('nothing')).rejects.toMatchObject({
    code: 'configuration_error',
    message: '"read_secret" failed: SecretNotFound',
    details: { dependency: { name: 'vault', operation: 'read_secret', status: 404 } },
  })
  await expect(vault.listSecretVersions('nothing')).rejects.toMatchObject({
    code: 'configuration_error',
  })
})

test('a disabled or forbidden secret is a configuration_error', async () => {
  const version = emulator.setSecret('client', 'value')
  emulator.setEnabled('client', version, false)
  await expect(vault.readSecret('client')).rejects.toMatchObject({ code: 'configuration_error' })

  emulator.setFault({ kind: 'forbidden' })
  await expect(vault.listSecretVersions('client')).rejects.toMatchObject({
    code: 'configuration_error',
    details: { dependency: { status: 403 } },
  })
})

test.each(['down', 'garbage', 'throttled'] as const)(
  'a vault that is %s is vault_unavailable',
  async (kind) => {
    emulator.setSecret('client', 'value')
    emulator.setFault({ kind, retryAfterSeconds: 30 })

    await expect(vault.readSecret('client')).rejects.toMatchObject({
      code: 'vault_unavailable',
      details: kind === 'throttled' ? { retryAfterSeconds: 30 } : {},
    })
  },
)

test('a vault that fails twice answers at the third try', async () => {
  emulator.setSecret('client', 'value')
  emulator.setFault({ kind: 'down', times: 2 })

  expect((await vault.readSecret('client')).value).toBe('value')
})

test('L-04: a vault that does not answer is given up after 5 s', async () => {
  emulator.setSecret('client', 'value')
  emulator.setFault({ kind: 'hang' })
  const startedAt = performance.now()

  await expect(vault.readSecret('client')).rejects.toMatchObject({ code: 'vault_unavailable' })
  expect(performance.now() - startedAt).toBeGreaterThan(4_500)
  expect(performance.now() - startedAt).toBeLessThan(15_000)
})

test('no error tells a secret', async () => {
  emulator.setFault({ kind: 'garbage' })

  const error = await vault.readSecret('client').catch((fault: unknown) => fault)

  expect(error).not.toHaveProperty('cause')
  expect(JSON.stringify(error) + String(error)).not.toContain('Not a vault')
})

test.each([true, false])(
  'J-01: a certificate signs PS256, its key in the secret: %s',
  async (exportable) => {
    const { cert, private: privateKey } = await generate([{ name: 'commonName', value: 'bff' }], {
      keySize: 2048,
    })
    const version = emulator.setCertificate('client-certificate', {
      certificate: cert,
      privateKey,
      exportable,
    })

    const certificate = await vault.readCertificate('client-certificate')
    const data = randomBytes(200)
    const signature = await certificate.sign(data)

    const der = Buffer.from(cert.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64')
    expect(certificate.version).toBe(version)
    expect(certificate.thumbprint).toBe(createHash('sha256').update(der).digest('base64url'))
    const pss = {
      key: cert,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }
    expect(verify('sha256', data, pss, signature)).toBe(true)
    expect(emulator.calls('sign')).toBe(exportable ? 0 : 1)
  },
)

test('a certificate signs with the key that belongs to it, in a chain of any order', async () => {
  const leaf = await generate([{ name: 'commonName', value: 'leaf' }], { keySize: 2048 })
  const other = await generate([{ name: 'commonName', value: 'other' }], { keySize: 2048 })
  emulator.setSecret('chain', `${other.cert}\n${leaf.private}\n${leaf.cert}`)
  emulator.setSecret('only', `${leaf.private}\n${leaf.cert}`)

  const chain = await vault.readCertificate('chain')

  expect(chain.thumbprint).toBe((await vault.readCertificate('only')).thumbprint)
})

test.each([
  ['no PEM at all', 'MIIKtg=='],
  [
    'a key without its certificate',
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).privateKey,
  ],
  ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
  ['a broken key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----'],
])('%s is a configuration_error', async (_, content) => {
  emulator.setSecret('certificate', content)

  await expect(vault.readCertificate('certificate')).rejects.toMatchObject({
    code: 'configuration_error',
  })
})
