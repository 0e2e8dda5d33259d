import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { functionTable } from '../../src/function-table.ts'
import { frontEnd } from '../../src/settings/front-end.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8')

test('the README has at most 900 words', () => {
  const words = read('README.md')
    .split(/\s+/)
    .filter((word) => /[a-z0-9]/i.test(word))
  expect(words.length).toBeLessThanOrEqual(900)
})

test.each([
  'README.md',
  'docs/architecture.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/testing.md',
  'docs/spa.md',
])('every file and link that %s names exists', (file) => {
  const text = read(file)
  const folder = file.includes('/') ? 'docs/' : ''
  const paths = [...text.matchAll(/`((?:src|dev|test|infra|scripts|docs|bench)\/[\w./-]*)`/g)].map(
    ([, path]) => path!,
  )
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)].map(
    ([, link]) => folder + link!,
  )
  expect([...paths, ...links].filter((path) => !existsSync(`${root}${path}`))).toEqual([])
})

test('the endpoints of the README are those that are registered', () => {
  const answer = async () => ({ status: 200, headers: {} })
  const parts = { frontEnd: frontEnd(), settings: undefined, live: answer, ready: answer }
  const routes = functionTable(parts, { proxy: true, health: true }).map(({ route }) => `/${route}`)
  const readme = read('README.md')
  expect(routes.length).toBeGreaterThan(10)
  expect(routes.filter((route) => !readme.includes(route.replace('{*path}', '{path}')))).toEqual([])
})
