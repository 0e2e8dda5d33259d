/**
 * `npm run release-files`: builds dist/ and writes what a release needs beside it: the licences of
 * what is bundled (into dist/, they travel with the code), the bill of materials and the checksums of
 * every file (into release/). The same commit gives the same files on any machine.
 */
import { build } from 'esbuild'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildFunctions, functionsBuild } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folders of the packages of which something is in the bundle, in order. */
export function bundledPackages(inputs) {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  )
  return [...new Set(folders)].sort()
}

/** One paragraph for each package: its name, version, licence and that licence's own text. */
export function thirdPartyNotices(folders) {
  const notices = folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const { name, version, license } = manifest
    return `${name} ${version} (${license})\n\n${licenceText(folder, manifest)}\n`
  })
  return `The files of this folder contain parts of these packages.\n\n${notices.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/** `sha256sum` format, in order of names. */
export function checksums(directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
    .map((entry) => relative(directory, join(entry.parentPath ?? entry.path, entry.name)))
    .map((name) => name.replaceAll('\\', '/'))
    .sort()
  const digest = (name) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex')
  return files.map((name) => `${digest(name)}  ${name}\n`).join('')
}

/** Some packages bring no text: then who holds the rights, and where they are found. */
function licenceText(folder, { author, repository, license }) {
  const directory = join(root, folder)
  const names = readdirSync(directory).filter((name) => /^(licen[cs]e|notice)(\.|$)/i.test(name))
  if (names.length > 0)
    return names.map((name) => readFileSync(join(directory, name), 'utf8').trim()).join('\n\n')
  const holder = typeof author === 'string' ? author : author?.name
  const source = typeof repository === 'string' ? repository : repository?.url
  return `${license}, by ${holder ?? 'its authors'}: ${source}`
}

/**
 * The bundled packages in CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json/). npm's own list would
 * name what is installed, most of which never reaches the bundle.
 */
export function billOfMaterials(folders) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const { name, version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const purl = `pkg:npm/${name}@${version}`
  const app = {
    type: 'application',
    'bom-ref': purl,
    name,
    version,
    purl,
    licenses: licenses(license),
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: app, lifecycles: [{ phase: 'build' }] },
    components: folders.map((folder) => component(folder, packages[folder])),
  }
}

function component(folder, { version, license, integrity }) {
  const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
  const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
  const hashes = [{ alg: 'SHA-512', content }]
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    hashes,
    licenses: licenses(license),
  }
}

function licenses(id) {
  return [{ license: { id } }]
}

async function writeReleaseFiles() {
  await buildFunctions()
  const { metafile } = await build({ ...functionsBuild, write: false, metafile: true })
  const folders = bundledPackages(metafile.inputs)
  writeFileSync(join(root, 'dist/THIRD-PARTY-NOTICES.txt'), thirdPartyNotices(folders))
  rmSync(join(root, 'release'), { recursive: true, force: true })
  mkdirSync(join(root, 'release'))
  const bill = `${JSON.stringify(billOfMaterials(folders), null, 2)}\n`
  writeFileSync(join(root, 'release/sbom.cdx.json'), bill)
  writeFileSync(join(root, 'release/SHA256SUMS'), checksums(join(root, 'dist')))
  console.log('dist/THIRD-PARTY-NOTICES.txt, release/sbom.cdx.json, release/SHA256SUMS')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeReleaseFiles()
