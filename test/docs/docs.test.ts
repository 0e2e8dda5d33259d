import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { settingsTable } from '../../src/settings/schema.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8')

/** The settings as the README shows them. */
function renderSettings(): string {
  const rows = settingsTable.map(({ name, default: value, required, meaning }) => {
    const shown = required ? 'required' : value ? `\`${value}\`` : '–'
    return `| \`${name}\` | ${shown} | ${meaning} |`
  })
  return ['| Setting | Default | Meaning |', '|---|---|---|', ...rows].join('\n')
}

const marked = /(<!-- settings:start -->\n)[^]*?(\n?<!-- settings:end -->)/

test("the README's table of settings is that of the schema (npm run docs rewrites it)", () => {
  const readme = read('README.md')
  const current = readme.replace(
    marked,
    (_, start: string) => `${start}${renderSettings()}\n<!-- settings:end -->`,
  )
  if (process.env['UPDATE_DOCS'] === 'true') writeFileSync(`${root}README.md`, current)
  else expect(readme).toBe(current)
})

test('the README has at most 900 words', () => {
  const words = read('README.md')
    .split(/\s+/)
    .filter((word) => /[a-z0-9]/i.test(word))
  expect(words.length).toBeLessThanOrEqual(900)
})

test.each(['README.md', 'docs/architecture.md', 'CONTRIBUTING.md', 'SECURITY.md'])(
  'every file and link that %s names exists',
  (file) => {
    const text = read(file)
    const folder = file.includes('/') ? 'docs/' : ''
    const paths = [
      ...text.matchAll(/`((?:src|dev|test|infra|scripts|docs|bench)\/[\w./-]*)`/g),
    ].map(([, path]) => path!)
    const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(
      ([, link]) => folder + link!,
    )
    expect([...paths, ...links].filter((path) => !existsSync(`${root}${path}`))).toEqual([])
  },
)

test('the endpoints of the README are those that are registered', () => {
  const routes = [...read('src/functions.ts').matchAll(/http\('\w+', '([^']+)'/g)].map(
    ([, route]) => `/${route}`,
  )
  const readme = read('README.md')
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter((route) => !readme.includes(route.replace('{*path}', '{path}')))).toEqual([])
})
