import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const page = `${root}docs/requirements.md`
const updating = process.env['UPDATE_DOCS'] === 'true'

const anyId = /\b[A-R]-\d\d\b/g
/** A row of a requirement: its id, what is between, and the last cell. */
const row = /^(\| ([A-R]-\d\d) \|.*\|) ?([^|]*) \|$/

/** The files below test/ that carry an id in a name or a comment, by id. */
function filesByIds(): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const files = readdirSync(`${root}test`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('fixtures'))
    .sort()
  for (const file of files) {
    const name = file.replace(/(\.test)?\.ts$/, '')
    const ids = readFileSync(join(root, 'test', file), 'utf8').match(anyId) ?? []
    for (const id of new Set(ids)) found.set(id, [...(found.get(id) ?? []), name])
  }
  return found
}

const heldBy = filesByIds()

/** The page with its last column written anew; what holds a requirement without a test stays. */
function render(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const [, start, id] = row.exec(line) ?? []
      const files = heldBy.get(id ?? '')
      return files === undefined ? line : `${start} ${files.join(', ')} |`
    })
    .join('\n')
}

const current = readFileSync(page, 'utf8')
const rows = current.split('\n').flatMap((line) => {
  const [, , id, cell] = row.exec(line) ?? []
  return id === undefined ? [] : [{ id, cell: cell!.trim() }]
})

test('every id that a test carries stands on the page of requirements', () => {
  const known = new Set(rows.map(({ id }) => id))
  expect([...heldBy.keys()].filter((id) => !known.has(id))).toEqual([])
  expect(known.size).toBe(rows.length)
})

test('every requirement is carried by a test, or the page says what else holds it', () => {
  const others = rows.filter(({ id }) => !heldBy.has(id))
  const told = /^(Does not apply: |Documented: `|Measured: `|Node's |Nothing reaches the app)/
  expect(others.filter(({ cell }) => !told.test(cell))).toEqual([])
  const pages = others.flatMap(({ cell }) => /: `([^`]+)`$/.exec(cell)?.[1] ?? [])
  expect(pages.filter((file) => !existsSync(`${root}${file}`))).toEqual([])
})

test('the page names the files of each requirement (npm run docs rewrites them)', () => {
  const rendered = render(current)
  if (updating) writeFileSync(page, rendered)
  else expect(rendered).toBe(current)
})

test('every source that the page abbreviates is given, and every given one is used', () => {
  const given = [...current.matchAll(/^\[([^\]]+)\]: https:\/\/\S+$/gm)].map(([, name]) => name!)
  const text = current.replace(/^\[[^\]]+\]: .*$/gm, '')
  const used = [...text.matchAll(/\[([^\]]+)\](?:\[(\w+)\])?/g)].map(
    ([, name, label]) => label ?? name!,
  )
  expect(used.filter((name) => !given.includes(name))).toEqual([])
  expect(given.filter((name) => !used.includes(name))).toEqual([])
})

test('the statements of the draft for browser-based apps name requirements that stand here', () => {
  const ids = new Set(rows.map(({ id }) => id))
  const named = current.match(anyId) ?? []
  expect(named.filter((id) => !ids.has(id))).toEqual([])
})
