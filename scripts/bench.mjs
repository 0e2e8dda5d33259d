/**
 * `npm run bench`: builds the app and what it is measured with, installs the peers, and runs
 * bench/bench.ts. `--against REF` measures the app of another commit in the same run.
 */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildDev, buildFunctions, devBuild, functionsBuild, writeHostFiles } from './build.mjs'
import { packagesMistake } from './ensure-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const has = (option) => process.argv.includes(option)
const against = process.argv.filter((_, at) => process.argv[at - 1] === '--against')

async function buildApp(name, from, buildName) {
  const outdir = join(root, '.cache/bench/builds', buildName, name)
  rmSync(outdir, { recursive: true, force: true })
  const entryPoints = { functions: join(root, from, `bench/${name}.ts`) }
  await build({ ...functionsBuild, entryPoints, outdir })
  await writeHostFiles(outdir)
}

/** Sources of another commit, in a folder below this one, so that they find the same packages. */
function checkOut(ref) {
  const folder = join('.cache/bench/sources', ref)
  rmSync(join(root, folder), { recursive: true, force: true })
  mkdirSync(join(root, folder), { recursive: true })
  const archive = execFileSync('git', ['archive', ref, 'src', 'bench'], {
    cwd: root,
    maxBuffer: 2 ** 28,
  })
  execFileSync('tar', ['-x', '-C', folder], { cwd: root, input: archive })
  return folder
}

/** Packages that only the benchmark needs lie in folders of their own. */
function ensurePackagesIn(folder) {
  if (packagesMistake(join(root, folder)) === undefined) return
  console.log(`Installing ${folder}`)
  execFileSync('npm', ['ci'], {
    cwd: join(root, folder),
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
}

if (!has('--no-peers')) ensurePackagesIn('bench/peers')
if (has('--all-nodes')) ensurePackagesIn('bench/node-versions')
await Promise.all([buildFunctions(), buildDev()])
await Promise.all([buildApp('measured-app', '.', 'now'), buildApp('empty-app', '.', 'now')])
const { metafile } = await build({ ...functionsBuild, write: false, metafile: true })
writeFileSync(join(root, '.cache/bench/metafile.json'), JSON.stringify(metafile))
for (const ref of against) await buildApp('measured-app', checkOut(ref), ref)
await build({
  ...devBuild,
  entryPoints: { bench: 'bench/bench.ts', 'load-once': 'bench/load-once.ts' },
  outdir: '.cache/bench',
})
await import(pathToFileURL(`${root}.cache/bench/bench.mjs`).href)
