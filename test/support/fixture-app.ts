import { build } from 'esbuild'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionsBuild } from '../../scripts/build.mjs'

const built = new Map<string, Promise<string>>()

/**
 * Bundles an app of test/fixtures as the real one is bundled, into a folder that a host can load,
 * once for each test file.
 */
export function buildFixtureApp(name: string, hostJson: object = {}): Promise<string> {
  const key = name + JSON.stringify(hostJson)
  const known = built.get(key)
  if (known !== undefined) return known
  const directory = bundle(name, hostJson)
  built.set(key, directory)
  return directory
}

async function bundle(name: string, hostJson: object): Promise<string> {
  const outdir = await mkdtemp(join(tmpdir(), `${name}-`))
  await build({
    ...functionsBuild,
    entryPoints: { functions: `test/fixtures/${name}/main.ts` },
    outdir,
    sourcemap: false,
  })
  await writeFile(join(outdir, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }))
  const manifest = { name, type: 'module', main: 'functions.js' }
  await writeFile(join(outdir, 'package.json'), JSON.stringify(manifest))
  return outdir
}
