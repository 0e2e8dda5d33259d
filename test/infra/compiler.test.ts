import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findCompiler, pinnedVersion } from './check/compiler.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'compiler-'))
})

afterEach(() => rm(root, { recursive: true }))

/** A program that answers `--version` as the compiler does. */
async function install(folder: string, version: string): Promise<string> {
  const path = join(root, folder, 'bicep')
  await mkdir(join(root, folder), { recursive: true })
  await writeFile(path, `#!/bin/sh\necho "Bicep CLI version ${version} (abc)"\n`)
  await chmod(path, 0o755)
  return path
}

const restored = `.tools/nuget/azure.bicep.commandline.linux-x64/${pinnedVersion}/tools`

test('takes the compiler that BICEP_PATH names before any other', async () => {
  const named = await install('named', '0.50.1')
  await install(restored, pinnedVersion)
  const compiler = await findCompiler(root, { BICEP_PATH: named, PATH: '' })
  expect(compiler).toMatchObject({ path: named, version: '0.50.1' })
})

test('refuses a BICEP_PATH that is no compiler, and takes no other in its place', async () => {
  await install(restored, pinnedVersion)
  const path = join(root, 'absent')
  await expect(findCompiler(root, { BICEP_PATH: path })).rejects.toThrow(/"BICEP_PATH" is not/)
})

test('takes the restored compiler before one on PATH', async () => {
  const path = await install(restored, pinnedVersion)
  await install('bin', '0.47.16')
  expect(await findCompiler(root, { PATH: join(root, 'bin') })).toMatchObject({ path })
})

test('takes a compiler on PATH, of whatever version', async () => {
  const path = await install('bin', '0.47.16')
  const compiler = await findCompiler(root, { PATH: `/nowhere:${join(root, 'bin')}` })
  expect(compiler).toMatchObject({ path, version: '0.47.16' })
})

test('finds none where there is none', async () => {
  expect(await findCompiler(root, { PATH: '' })).toBeUndefined()
})
