/**
 * `npm run package`: writes .cache/package, what strangers install, and packs it into release/. The
 * bundle is split as the deployed one: what loads an SDK is a chunk of its own. Types are those of the
 * public surface, for ESM and for CommonJS.
 */
import { build } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { functionsBuild } from './build.mjs'
import { billOfMaterials, bundledPackages, thirdPartyNotices } from './release-files.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = join(root, '.cache/package')

/** Browser entries by their subpath; ESM only, in chunks that a bundler splits further. */
const clientEntries = {
  'client/index': './client',
  'client/testing': './client/testing',
}

/** Server entries by their subpath: source below src/, and what the package exports it as. */
const entries = { index: '.', testing: './testing' }

/** Writes the package's folder anew and returns it. */
export async function buildPackage() {
  await rm(output, { recursive: true, force: true })
  const { metafile } = await build({
    ...functionsBuild,
    entryPoints: Object.fromEntries(Object.keys(entries).map((name) => [name, `src/${name}.ts`])),
    outdir: join(output, 'lib'),
    sourcesContent: true,
    metafile: true,
  })
  await buildClientEntries()
  await writeCommonJs()
  await writeTypes()
  const folders = bundledPackages(metafile.inputs)
  await writeFile(join(output, 'THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(folders))
  const bill = `${JSON.stringify(billOfMaterials(folders), null, 2)}\n`
  await writeFile(join(output, 'sbom.cdx.json'), bill)
  await writeFile(join(output, 'package.json'), `${JSON.stringify(await manifest(), null, 2)}\n`)
  for (const name of ['LICENSE', 'README.md', 'CHANGELOG.md'])
    await cp(join(root, name), join(output, name))
  return output
}

/** Packs the folder; gives the path of the tarball. */
export async function packPackage(directory = join(root, 'release')) {
  const from = await buildPackage()
  await mkdir(directory, { recursive: true })
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', directory], {
    cwd: from,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  return join(directory, JSON.parse(packed)[0].filename)
}

async function buildClientEntries() {
  await build({
    absWorkingDir: root,
    entryPoints: Object.keys(clientEntries).map((name) => `src/${name}.ts`),
    outdir: join(output, 'lib/client'),
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    logLevel: 'warning',
  })
}

/** One instance for both kinds of app: CommonJS requires the ES module (Node 20.19 and later). */
async function writeCommonJs() {
  for (const name of Object.keys(entries))
    await writeFile(
      join(output, 'lib', `${name}.cjs`),
      `module.exports = require('./${name}.js')\n`,
    )
}

async function writeTypes() {
  const emitted = await mkdtemp(join(tmpdir(), 'entra-bff-types-'))
  const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--outDir', emitted]
  for (const project of ['tsconfig.package.json', 'src/client/tsconfig.package.json'])
    execFileSync(process.execPath, [...tsc, '-p', join(root, project)], { stdio: 'inherit' })
  await writeFile(join(emitted, 'settings/schema.d.ts'), await settingNames())
  const wanted = Object.keys({ ...entries, ...clientEntries }).map((name) => `${name}.d.ts`)
  for (const file of wanted) {
    const text = await readFile(join(emitted, file), 'utf8')
    for (const [, specifier] of text.matchAll(/from '(\.[^']+)\.ts'/g)) {
      const next = relative(emitted, join(emitted, dirname(file), `${specifier}.d.ts`))
      if (!wanted.includes(next)) wanted.push(next)
    }
    for (const folder of ['types', 'types-cjs']) {
      const path = join(output, folder, file)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, text.replaceAll(/(from '\.[^']+)\.ts'/g, "$1.js'"))
    }
  }
  // How a folder's declarations are read follows the nearest package.json.
  await writeFile(join(output, 'types-cjs/package.json'), '{ "type": "commonjs" }\n')
  await rm(emitted, { recursive: true })
}

/** The names of all settings in words: the schema's own type would need its library. */
async function settingNames() {
  const outfile = join(await mkdtemp(join(tmpdir(), 'entra-bff-settings-')), 'schema.mjs')
  const entryPoints = [join(root, 'src/settings/schema.ts')]
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node' })
  const { settingsTable } = await import(pathToFileURL(outfile).href)
  await rm(dirname(outfile), { recursive: true })
  const names = settingsTable.map(({ name }) => `  | '${name}'\n`).join('')
  return `/** The name of a setting. */\nexport type SettingName =\n${names}`
}

async function manifest() {
  const text = await readFile(join(root, 'package.json'), 'utf8')
  const { name, version, description, license, type, engines, dependencies } = JSON.parse(text)
  const exported = Object.entries(entries).map(([file, subpath]) => [
    subpath,
    {
      import: { types: `./types/${file}.d.ts`, default: `./lib/${file}.js` },
      require: { types: `./types-cjs/${file}.d.ts`, default: `./lib/${file}.cjs` },
    },
  ])
  const inBrowsers = Object.entries(clientEntries).map(([file, subpath]) => [
    subpath,
    { types: `./types/${file}.d.ts`, default: `./lib/${file}.js` },
  ])
  return {
    name,
    version,
    description,
    license,
    type,
    engines,
    sideEffects: false,
    main: './lib/index.cjs',
    types: './types-cjs/index.d.ts',
    exports: {
      ...Object.fromEntries([...exported, ...inBrowsers]),
      './package.json': './package.json',
    },
    peerDependencies: { '@azure/functions': `^${dependencies['@azure/functions']}` },
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(relative(process.cwd(), await packPackage()))
