import { spawnSync } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

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
