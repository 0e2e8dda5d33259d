import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { localSettings, writeLocalSettings } from '../../../scripts/azd/local-settings.ts'
import { readSettings } from '../../../src/settings/settings.ts'

const env = {
  ENTRA_TENANT_ID: '44444444-4444-4444-8444-444444444444',
  ENTRA_CLIENT_ID: '33333333-3333-4333-8333-333333333333',
  KEY_VAULT_URL: 'https://kv-bff-example.vault.azure.net',
}

let folder: string
let lines: string[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-settings-'))
  lines = []
})

afterEach(() => rm(folder, { recursive: true }))

const path = (): string => join(folder, 'local.settings.json')
const run = (variables: Record<string, string>): Promise<void> =>
  writeLocalSettings({
    file: pathToFileURL(path()),
    env: variables,
    log: (line) => lines.push(line),
  })

test('writes settings that the application accepts, for this user alone', async () => {
  await run(env)

  const { Values } = JSON.parse(await readFile(path(), 'utf8')) as {
    Values: Record<string, string>
  }
  expect(readSettings(Values).mistakes).toBeUndefined()
  expect(Values['ENTRA_CLIENT_ID']).toBe(env.ENTRA_CLIENT_ID)
  expect((await stat(path())).mode & 0o077).toBe(0)
})

test('leaves a file that exists alone', async () => {
  await run(env)
  const before = await readFile(path(), 'utf8')
  await run({ ...env, ENTRA_CLIENT_ID: 'another' })

  expect(await readFile(path(), 'utf8')).toBe(before)
  expect(lines.at(-1)).toBe('local.settings.json exists and is left alone')
})

test('writes nothing in a pipeline', async () => {
  await run({ ...env, CI: 'true' })

  await expect(stat(path())).rejects.toThrow(/ENOENT/)
})

test.each(['federated', 'certificate'])(
  'writes nothing where the credential is usable on Azure alone: %s',
  async (credential) => {
    await run({ ...env, CLIENT_CREDENTIAL: credential })

    await expect(stat(path())).rejects.toThrow(/ENOENT/)
    expect(lines).toEqual([
      'local.settings.json is not written: the credential of this deployment works on Azure alone',
    ])
  },
)

test('several tenants may sign in here where they may on Azure', () => {
  const settings = localSettings({
    ...env,
    ENTRA_TENANT_ID: 'organizations',
    APP_SETTINGS: JSON.stringify({ ENTRA_ALLOWED_TENANTS: env.ENTRA_TENANT_ID }),
  })
  expect(readSettings(settings ?? {}).mistakes).toBeUndefined()
  expect(settings?.['ENTRA_ALLOWED_TENANTS']).toBe(env.ENTRA_TENANT_ID)
})

test('draws a session key of its own every time', () => {
  expect(localSettings(env)?.['SESSION_KEY']).not.toBe(localSettings(env)?.['SESSION_KEY'])
})
