/** `npm run scale`: builds the app and runs bench/scale/scale.ts; `--no-check` leaves the real run out. */
import { build } from 'esbuild'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildDev, buildFunctions, devBuild } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await Promise.all([buildFunctions(), buildDev()])
await build({
  ...devBuild,
  entryPoints: { scale: 'bench/scale/scale.ts' },
  outdir: '.cache/bench',
})
await import(pathToFileURL(`${root}.cache/bench/scale.mjs`).href)
