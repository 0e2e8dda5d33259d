import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { typeScriptProjects } from '../../scripts/checks.mjs'

const typed = `export async function save(): Promise<void> {}
export const list: number[] = [1]
`

// One of these in the functions ends the worker and every call in flight.
test.each([
  ['a floating promise', `import { save } from './typed.ts'\nsave()\n`, 'no-floating-promises'],
  [
    'a promise where nobody waits for it',
    `import { list, save } from './typed.ts'\nlist.forEach(async () => save())\n`,
    'no-misused-promises',
  ],
  ['a file that is too long', `export const one = 1${'\n'.repeat(201)}`, 'max-lines'],
  [
    'a function that is too long',
    `export function long(): void {\n${'  console.log()\n'.repeat(51)}}\n`,
    'max-lines-per-function',
  ],
  [
    'a function of too many parameters',
    'export const list = (...all: string[]) => all\nexport function many(a: 1, b: 1, c: 1, d: 1, e: 1) {\n  return a + b + c + d + e\n}\n',
    'max-params',
  ],
])('the linter refuses %s', { timeout: 120_000 }, async (_, planted, rule) => {
  const root = await mkdtemp(join(tmpdir(), 'lint-'))
  await writeFile(join(root, 'typed.ts'), typed)
  await writeFile(join(root, 'planted.ts'), planted)
  const compilerOptions = {
    module: 'preserve',
    target: 'ES2022',
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
  }
  await writeFile(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions }))

  const { status, stdout } = spawnSync(
    process.execPath,
    [
      resolve('node_modules/oxlint/bin/oxlint'),
      '--type-aware',
      '--deny-warnings',
      '--config',
      resolve('.oxlintrc.json'),
    ],
    { cwd: root, encoding: 'utf8' },
  )

  expect(status).toBe(1)
  expect(stdout).toContain(rule)
  expect(stdout.match(/planted\.ts/g)).toHaveLength(1)
})

test('every TypeScript project that needs no packages of its own is checked', () => {
  const left = /node_modules|^dist$|^test\/fixtures|^\./
  const found: string[] = []
  const search = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = relative('.', join(folder, entry.name))
      if (entry.isDirectory() && !left.test(path) && !existsSync(join(path, 'package.json')))
        search(path)
      if (entry.name === 'tsconfig.json') found.push(dirname(path))
    }
  }
  search('.')
  expect(found.toSorted()).toEqual(typeScriptProjects.toSorted())
})
