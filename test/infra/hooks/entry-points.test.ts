import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { project } from '../bicep.ts'

let folder: string

/** azd runs the hooks through tsx, which compiles with the same esbuild. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hooks-'))
  await build({
    entryPoints: ['ensure-client-secret', 'delete-app-registration', 'write-local-settings'].map(
      (name) => join(project, 'scripts', `${name}.ts`),
    ),
    bundle: true,
    platform: 'node',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    outdir: folder,
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
    },
  })
})

afterAll(() => rm(folder, { recursive: true }))

interface Result {
  readonly exitCode: number | null
  readonly output: string
}

function run(name: string, env: Record<string, string>): Promise<Result> {
  const child = spawn(process.execPath, [join(folder, `${name}.mjs`)], {
    env: { PATH: process.env['PATH'], ...env },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve) =>
    child.on('close', (exitCode) => resolve({ exitCode, output: output.trim() })),
  )
}

test('with a federated credential there is no secret to make', async () => {
  expect(await run('ensure-client-secret', { CLIENT_CREDENTIAL: 'federated' })).toEqual({
    exitCode: 0,
    output: 'no client secret needed: CLIENT_CREDENTIAL is federated',
  })
})

test('outside azd a hook says what it misses and fails', async () => {
  expect(await run('ensure-client-secret', {})).toEqual({
    exitCode: 1,
    output: '"KEY_VAULT_URL" is missing: run this through azd (azd hooks run), after azd provision',
  })
  expect((await run('delete-app-registration', {})).exitCode).toBe(1)
})

test('a registration that somebody else made is not deleted', async () => {
  const client = '33333333-3333-4333-8333-333333333333'
  expect(await run('delete-app-registration', { EXISTING_CLIENT_ID: client })).toEqual({
    exitCode: 0,
    output: 'the app registration was there before this environment and stays',
  })
})

test('the registration stays while the layer that made it does', async () => {
  const env = { IDENTITY_NAME: 'id-bff-example', AZURE_ENV_NAME: 'dev' }
  expect(await run('delete-app-registration', env)).toEqual({
    exitCode: 0,
    output: 'the app registration stays: layer identity was not taken down',
  })
})

test('in a pipeline no local settings are written', async () => {
  expect(await run('write-local-settings', { CI: 'true' })).toEqual({ exitCode: 0, output: '' })
})
