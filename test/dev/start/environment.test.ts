import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import * as defaults from '../../../dev/entra/defaults.ts'
import { functionsEnvironment, type StackAddresses } from '../../../dev/start/environment.ts'
import { readSettings } from '../../../src/settings/settings.ts'

const emulated = {
  entraOrigin: 'http://127.0.0.1:7072',
  tenantId: defaults.contoso.id,
  clientId: defaults.clientId,
  keyVaultUrl: 'http://127.0.0.1:7074',
  demoApiUrl: 'http://127.0.0.1:7073/',
  demoApiScope: 'api://entra-bff-demo/access_as_user',
  identity: defaults.managedIdentity,
}
const local: StackAddresses = {
  publicUrl: 'http://localhost:7071',
  tables: 'UseDevelopmentStorage=true',
  sessionKey: Buffer.alloc(32).toString('base64url'),
  emulated,
}
const { emulated: _, ...withRealTenant } = local

async function sampleValues(): Promise<Record<string, string>> {
  const sample = JSON.parse(await readFile('local.settings.sample.json', 'utf8')) as {
    Values: Record<string, string>
  }
  return sample.Values
}

test('the settings of the local stack are right', () => {
  expect(readSettings(functionsEnvironment(local, {}))).not.toHaveProperty('mistakes')
})

test('the sample holds exactly the addresses of the local stack', async () => {
  const sample = await sampleValues()

  expect(readSettings(sample)).not.toHaveProperty('mistakes')
  expect(sample).toMatchObject(functionsEnvironment(local, {}))
})

test('local.settings.json cannot lead the emulated stack elsewhere, but changes the rest', () => {
  const values = {
    ENTRA_TENANT_ID: 'real.example',
    ENTRA_CLIENT_SECRET: 'real',
    KEY_VAULT_URL: 'https://real.vault.azure.net',
    SESSION_IDLE_MINUTES: '5',
    UPSTREAMS: '{"graph":{"url":"https://graph.microsoft.com/v1.0/","scopes":["User.Read"]}}',
  }
  const env = functionsEnvironment(local, values)

  expect(env).toMatchObject({
    ENTRA_TENANT_ID: defaults.contoso.id,
    KEY_VAULT_URL: emulated.keyVaultUrl,
    SESSION_IDLE_MINUTES: '5',
  })
  expect(env).not.toHaveProperty('ENTRA_CLIENT_SECRET')
  expect(Object.keys(JSON.parse(env['UPSTREAMS'] ?? '') as object)).toEqual(['graph', 'demo'])
})

test('a real tenant brings its own settings, and no emulated part is named', () => {
  const env = functionsEnvironment(withRealTenant, {
    ENTRA_TENANT_ID: 'contoso.example',
    ENTRA_CLIENT_ID: 'client',
    ENTRA_CLIENT_SECRET: 'secret',
    TABLES_ENDPOINT: 'UseDevelopmentStorage=true',
  })

  expect(readSettings(env)).not.toHaveProperty('mistakes')
  expect(env).toMatchObject({ SESSION_KEY: local.sessionKey, PUBLIC_URL: local.publicUrl })
  expect(Object.keys(env)).not.toContain('IDENTITY_ENDPOINT')
})

test('the sample serves a real tenant too, once tenant, client and secret are filled in', async () => {
  const env = functionsEnvironment(withRealTenant, {
    ...(await sampleValues()),
    ENTRA_TENANT_ID: 'contoso.example',
    ENTRA_CLIENT_ID: 'client',
    ENTRA_CLIENT_SECRET: 'secret',
  })
  const { settings } = readSettings(env)

  expect(settings?.authority.host.href).toBe('https://login.microsoftonline.com/')
  expect(settings?.client.secret).toBe('secret')
  expect(settings).toMatchObject({ keyVaultUrl: undefined, upstreams: [] })
  expect(env).toMatchObject({ SESSION_KEY: local.sessionKey })
  expect(JSON.stringify(env)).not.toContain('127.0.0.1')
  expect(Object.keys(env)).not.toContain('IDENTITY_HEADER')
  expect(Object.keys(env)).not.toContain('AZURE_CLIENT_ID')
})

test('a sample that nobody filled in names no real tenant', async () => {
  expect(readSettings(functionsEnvironment(withRealTenant, await sampleValues())).mistakes).toEqual(
    ['ENTRA_TENANT_ID is missing', 'ENTRA_CLIENT_ID is missing'],
  )
})

test('an empty vault is none, and an own vault, identity and local API are kept', () => {
  const tenant = { ENTRA_TENANT_ID: 'contoso.example', ENTRA_CLIENT_ID: 'client' }
  const upstreams = '{"own":{"url":"http://localhost:5000/","scopes":["api://own/read"]}}'
  const own = {
    ...tenant,
    KEY_VAULT_URL: 'https://real.vault.azure.net',
    AZURE_CLIENT_ID: 'b0760000-6666-4666-8666-000000000007',
    UPSTREAMS: upstreams,
  }

  expect(functionsEnvironment(withRealTenant, { ...tenant, KEY_VAULT_URL: '' })).toMatchObject({
    SESSION_KEY: local.sessionKey,
  })
  expect(functionsEnvironment(withRealTenant, own)).toEqual({
    ...own,
    PUBLIC_URL: local.publicUrl,
    TABLES_ENDPOINT: local.tables,
  })
})

test('a real tenant without its settings is named setting by setting', () => {
  expect(readSettings(functionsEnvironment(withRealTenant, {})).mistakes).toEqual([
    'ENTRA_TENANT_ID is missing',
    'ENTRA_CLIENT_ID is missing',
  ])
})
