/** `npm run bench`: builds the app, the apps that it is measured with, and runs bench/bench.ts. */
import { build } from 'esbuild'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildDev, buildFunctions, devBuild, functionsBuild, writeHostFiles } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

async function buildApp(name) {
  const outdir = `.cache/bench/${name}`
  await build({ ...functionsBuild, entryPoints: { functions: `bench/${name}.ts` }, outdir })
  await writeHostFiles(`${root}${outdir}`)
}

await Promise.all([buildFunctions(), buildDev()])
await Promise.all([buildApp('measured-app'), buildApp('empty-app')])
await build({
  ...devBuild,
  entryPoints: { bench: 'bench/bench.ts', 'load-once': 'bench/load-once.ts' },
  outdir: '.cache/bench',
})
await import(pathToFileURL(`${root}.cache/bench/bench.mjs`).href)
