import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['src', 'dev', 'test', 'scripts', 'bench', 'infra', 'docs', 'tools', '.github']
const kinds = /\.(ts|mts|mjs|cjs|js|sh|yml|yaml|bicep|bicepparam|md|html|css)$/

const files = [
  ...folders
    .filter((folder) => existsSync(root + folder))
    .flatMap((folder) =>
      readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file),
      ),
    ),
  ...readdirSync(root),
].filter((file) => kinds.test(file) && !file.includes('node_modules'))

const texts = files.map((file) => [file, readFileSync(root + file, 'utf8')] as const)

test('no file names a document that is not here', () => {
  const here = new Set(files.flatMap((file) => [file, file.split('/').at(-1)!]))
  const named = texts
    .filter(([file]) => !file.startsWith('test/docs/') && file !== 'CHANGELOG.md')
    .flatMap(([file, text]) =>
      [...text.matchAll(/(?<![\w/.:-])([\w./-]*\w\.md)\b/g)].map(([, name]) => [file, name!]),
    )
  const missing = named.filter(([, name]) => !here.has(name!.replace(/^(\.\.?\/)+/, '')))
  expect(named.length).toBeGreaterThan(10)
  expect(missing).toEqual([])
})

// A reader cannot look up "the contract" or "row 17": requirements have ids in docs/requirements.md.
test.each([/\bthe contract\b|\(contract\)/i, /\brows? \d+\b(?! (keys?|bytes))/, /\bissue #?\d+/i])(
  'no file refers to %s',
  (words) => {
    const referring = texts
      .filter(([file]) => !file.startsWith('test/docs/'))
      .flatMap(([file, text]) => (words.exec(text) ?? []).slice(0, 1).map((said) => [file, said]))
    expect(referring).toEqual([])
  },
)
