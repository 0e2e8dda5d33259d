import { build, type Metafile } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { functionsBuild } from '../../scripts/build.mjs'

let outputs: Metafile['outputs']
let atStart: Set<string>
beforeAll(async () => {
  const built = await build({ ...functionsBuild, write: false, metafile: true })
  outputs = built.metafile.outputs
  atStart = loadedWith('dist/functions.js')
})

/** An output and all that its import statements load with it. */
function loadedWith(entry: string): Set<string> {
  const loaded = new Set([entry])
  for (const name of loaded)
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in outputs) loaded.add(path)
  return loaded
}

test('an instance starts with no Azure SDK, no protocol library and no HTTP client', () => {
  const inputs = [...atStart].flatMap((name) => Object.keys(outputs[name]!.inputs))
  const packages = inputs.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  )
  expect([...new Set(packages)].toSorted()).toEqual([
    '@azure/functions',
    // What that needs.
    '@azure/functions-extensions-base',
    'cookie',
    'valibot',
  ])
  const builtIn = [...atStart].flatMap((name) =>
    outputs[name]!.imports.filter(({ external, kind }) => external && kind === 'import-statement'),
  )
  expect([...new Set(builtIn.map(({ path }) => path))]).toEqual(['node:crypto'])
})

test('what is deployed stays under 2 MiB, what loads at the start under 300 KiB', () => {
  const scripts = Object.entries(outputs).filter(([name]) => name.endsWith('.js'))
  const bytes = (names: (name: string) => boolean) =>
    scripts.reduce((sum, [name, output]) => sum + (names(name) ? output.bytes : 0), 0)
  expect(bytes(() => true)).toBeLessThan(2 * 1024 * 1024)
  expect(bytes((name) => atStart.has(name))).toBeLessThan(300 * 1024)
})
