import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What each part of src/ may import, beside itself: the table of docs/architecture.md. */
const allowed = readAllowed(readFileSync(join(root, 'docs/architecture.md'), 'utf8'))

function readAllowed(page: string): Record<string, readonly string[]> {
  const [, rows = ''] = /<!-- imports:start -->\n([^]*?)<!-- imports:end -->/.exec(page) ?? []
  return Object.fromEntries(
    [...rows.matchAll(/^\| `([\w.-]+)` \| ([^|]+) \|/gm)].map(([, part = '', list = '']) => [
      part,
      list.split(' ').flatMap((entry) => /^[a-z-]+/.exec(entry) ?? []),
    ]),
  )
}

/** Of these parts only types of the named file may be taken: they are the ports that are filled. */
const portsOnly: Record<string, Record<string, string>> = {
  azure: { stores: 'src/stores/ports.ts' },
  oauth: { renewal: 'src/renewal/outcome.ts' },
}

interface Import {
  readonly from: string
  /** Path of our own file, or name of a package. */
  readonly to: string
  readonly own: boolean
  readonly typeOnly: boolean
}

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.m?ts$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith('src/client/'))
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const pattern =
    /(?:^|\n)\s*(?:import|export)[^'"\n]*(?:\n[^'"]*?)?from\s+'([^']+)'|import\('([^']+)'\)/g
  return [...text.matchAll(pattern)].map(([statement, fixed, lazy]) => {
    const name = (fixed ?? lazy)!
    const own = name.startsWith('.')
    const typeOnly = /^\s*import type /.test(statement)
    return { from: file, to: own ? join(dirname(file), name) : name, own, typeOnly }
  })
}

/** The part of src/ that a file belongs to: its folder, or its own name at the root. */
function partOf(file: string): string {
  const [, folder = ''] = file.split('/')
  return folder.replace(/\.ts$/, '')
}

const sources = filesBelow('src')
const imports = sources.flatMap(importsOf)
const shown = ({ from, to }: Import) => `${from} -> ${to}`

test('there are imports to look at, and every part has its rule', () => {
  expect(imports.length).toBeGreaterThan(200)
  expect([...new Set(sources.map(partOf))].filter((part) => !(part in allowed))).toEqual([])
})

test('the table of docs/architecture.md lets imports run one way only', () => {
  const order = Object.keys(allowed)
  const upward = Object.entries(allowed).flatMap(([part, others]) =>
    others
      .filter((other) => order.indexOf(other) <= order.indexOf(part))
      .filter((other) => portsOnly[part]?.[other] === undefined)
      .map((other) => `${part} -> ${other}`),
  )
  expect(upward).toEqual([])
})

test('imports run one way', () => {
  const wrong = imports
    .filter(({ own }) => own)
    .filter(({ from, to }) => partOf(from) !== partOf(to))
    .filter(({ from, to }) => !allowed[partOf(from)]!.includes(partOf(to)))
  expect(wrong.map(shown)).toEqual([])
})

test('only azure/ touches the Azure SDKs, and only the outermost files the Functions library', () => {
  const sdks = imports.filter(({ own, to }) => !own && to.startsWith('@azure/'))
  const wrong = sdks.filter(({ from, to }) =>
    to === '@azure/functions'
      ? !['functions', 'index', 'register', 'core', 'testing'].includes(partOf(from))
      : partOf(from) !== 'azure',
  )
  expect(sdks.length).toBeGreaterThan(0)
  expect(wrong.map(shown)).toEqual([])
})

test('azure/ and oauth/ take only the types of the ports that they fill', () => {
  const others = imports.filter(({ from, to, own }) => {
    const port = portsOnly[partOf(from)]?.[partOf(to)]
    return own && port !== undefined && to !== port
  })
  expect(others.map(shown)).toEqual([])
  const values = imports.filter(
    ({ from, to, typeOnly }) => portsOnly[partOf(from)]?.[partOf(to)] !== undefined && !typeOnly,
  )
  expect(values.map(shown)).toEqual([])
})

test('endpoints do not import each other', () => {
  const storyOf = (file: string) => file.split('/')[2]!.replace(/\.ts$/, '')
  const wrong = imports.filter(
    ({ from, to, own }) =>
      own &&
      partOf(from) === 'endpoints' &&
      partOf(to) === 'endpoints' &&
      storyOf(from) !== storyOf(to),
  )
  expect(wrong.map(shown)).toEqual([])
})

test('no file imports itself through others', () => {
  const graph = new Map<string, string[]>()
  for (const { from, to, own } of [...imports, ...filesBelow('dev').flatMap(importsOf)])
    if (own) graph.set(from, [...(graph.get(from) ?? []), to])
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (done.has(file) || path.includes(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  expect(cycles).toEqual([])
})

test('the environment is read in index.ts only', () => {
  const readers = sources.filter((file) =>
    /\bprocess\.env\b/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(readers).toEqual(['src/index.ts'])
})

test('there are no barrels, no utils, no default exports, and names are kebab-case', () => {
  const files = [...sources, ...filesBelow('dev'), ...filesBelow('test')]
  const named = files.filter((file) => {
    const name = file.split('/').at(-1)!
    if (file === 'src/index.ts') return false
    return /^(index|utils?|helpers?|misc)\./.test(name) || !/^[a-z0-9-]+(\.test)?\.ts$/.test(name)
  })
  expect(named).toEqual([])
  const defaults = [...sources, ...filesBelow('dev')].filter((file) =>
    /^export default /m.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(defaults).toEqual([])
})

test('no file of the product is longer than 250 lines', () => {
  const long = sources.filter(
    (file) => readFileSync(join(root, file), 'utf8').split('\n').length > 250,
  )
  expect(long).toEqual([])
})

test('a stack comes from a fixture, but where the test itself starts and ends it', () => {
  const byHand = filesBelow('test').filter(
    (file) =>
      file.endsWith('.test.ts') &&
      file !== 'test/architecture.test.ts' &&
      /\bstart(Local|Proxy)?Stack\(/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(byHand.toSorted()).toEqual([
    'test/dev/start/life-of-parts.test.ts',
    'test/integration/soak.test.ts',
  ])
})
