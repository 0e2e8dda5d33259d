import { build } from 'esbuild'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { functionsBuild } from '../../scripts/build.mjs'

/**
 * Bundles an app of test/fixtures as the real one is bundled, into a folder of its own that a host
 * can load. `hostJson` replaces its host.json.
 */
export async function buildFixtureApp(name: string, hostJson: object = {}): Promise<string> {
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
