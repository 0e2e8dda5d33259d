import { ManagedIdentityCredential } from '@azure/identity'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { managedIdentity } from '../../../dev/entra/defaults.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'

let emulator: EntraEmulator

beforeAll(async () => {
  emulator = await startEntraEmulator()
  vi.stubEnv('IDENTITY_ENDPOINT', `${emulator.origin}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', managedIdentity.header)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await emulator.stop()
})

test.each([
  ['api://AzureADTokenExchange/.default', 'api://AzureADTokenExchange'],
  ['https://vault.azure.net/.default', 'https://vault.azure.net'],
  ['https://storage.azure.com/.default', 'https://storage.azure.com'],
])("the SDK's credential gets a token for %s", async (scope, audience) => {
  const credential = new ManagedIdentityCredential({ clientId: managedIdentity.clientId })
  const token = await credential.getToken(scope)
  expect(token.expiresOnTimestamp).toBeGreaterThan(Date.now())
  expect(decodeJwt(token.token)).toMatchObject({
    aud: audience,
    iss: `${emulator.origin}/${emulator.tenantId}/v2.0`,
    sub: managedIdentity.principalId,
  })
})

test.each([
  [401, { header: 'wrong' }],
  [400, { 'api-version': '2017-09-01' }],
  [400, { resource: '' }],
  [400, { client_id: 'another' }],
])('answers %i to %o', async (status, change) => {
  const { header = managedIdentity.header, ...query } = change as Record<string, string>
  const parameters = { 'api-version': '2019-08-01', resource: 'https://vault.azure.net', ...query }
  const url = `${emulator.origin}/msi/token?${new URLSearchParams(parameters).toString()}`
  const response = await fetch(url, { headers: { 'x-identity-header': header } })
  expect(response.status).toBe(status)
})
