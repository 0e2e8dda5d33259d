/** `npm start`: packages where they are missing, a build, then the local stack. */
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ensurePackages } from './ensure-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await ensurePackages(root)
process.chdir(root)

// esbuild is there only now.
const { buildDev } = await import('./build.mjs')
if (!process.argv.includes('--json')) console.log('Building ...')
await buildDev()
await import(pathToFileURL(`${root}.cache/dev/start.mjs`).href)
