/**
 * Bundles the functions into dist/, the folder that is deployed, and the parts of the local stack
 * that run as processes of their own into .cache/dev/.
 */
import { build } from 'esbuild'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clientFiles } from './build-client.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Options of the deployed bundle; `npm start` watches with the same ones. */
export const functionsBuild = {
  absWorkingDir: root,
  entryPoints: { functions: 'src/functions.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['@azure/functions-core'],
  // CommonJS packages inside an ESM bundle call require() for Node's own modules.
  banner: {
    js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
  },
  plugins: [clientFiles],
  logLevel: 'warning',
}

/** Options of the processes of the local stack. */
export const devBuild = {
  absWorkingDir: root,
  entryPoints: {
    start: 'dev/start.ts',
    'functions-host': 'dev/functions-host/child.ts',
  },
  outdir: '.cache/dev',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  packages: 'external',
  logLevel: 'warning',
}

/** Writes what the host needs beside the bundle: host.json and a package.json whose `main` it loads. */
export async function writeHostFiles(directory = `${root}dist`) {
  const { name, version, engines } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))
  const manifest = { name, version, private: true, type: 'module', main: 'functions.js', engines }
  await replaceFile(`${directory}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`)
  await replaceFile(`${directory}/host.json`, await readFile(`${root}host.json`))
}

/** Replaces dist/ file by file, so that a host that runs from it goes on where nothing changed. */
export async function buildFunctions() {
  const { outputFiles } = await build({ ...functionsBuild, write: false })
  await Promise.all(outputFiles.map(({ path, contents }) => replaceFile(path, contents)))
  await writeHostFiles()
  const wanted = new Set(outputFiles.map(({ path }) => path))
  for (const name of ['package.json', 'host.json']) wanted.add(join(root, 'dist', name))
  await removeOthers(join(root, 'dist'), wanted)
}

export async function buildDev() {
  const { outputFiles } = await build({ ...devBuild, write: false })
  await Promise.all(outputFiles.map(({ path, contents }) => replaceFile(path, contents)))
}

/** In one step: another process may be starting from the file right now. */
async function replaceFile(path, contents) {
  const draft = `${path}.${process.pid}.draft`
  await mkdir(dirname(path), { recursive: true })
  await writeFile(draft, contents)
  await rename(draft, path)
}

async function removeOthers(directory, wanted) {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name)
    if (entry.isFile() && !wanted.has(path) && !path.endsWith('.draft')) {
      await rm(path, { force: true })
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what] = process.argv.slice(2)
  if (what !== '--only-dev') await buildFunctions()
  if (what === '--dev' || what === '--only-dev') await buildDev()
}
