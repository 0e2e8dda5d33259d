import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { beforeAll, expect, test } from 'vitest'
import { functionsBuild } from '../../scripts/build.mjs'
import {
  billOfMaterials,
  bundledPackages,
  checksums,
  thirdPartyNotices,
} from '../../scripts/release-files.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

async function buildOnce() {
  const { outputFiles, metafile } = await build({ ...functionsBuild, write: false, metafile: true })
  return { metafile, files: new Map(outputFiles.map(({ path, text }) => [path, text])) }
}

let built: Awaited<ReturnType<typeof buildOnce>>
let folders: string[]
beforeAll(async () => {
  built = await buildOnce()
  folders = bundledPackages(built.metafile.inputs)
})

test('the same sources give the same bundle, byte for byte', async () => {
  const again = await buildOnce()
  expect([...again.files.keys()]).toEqual([...built.files.keys()])
  for (const [path, text] of again.files) expect(text === built.files.get(path), path).toBe(true)
})

test('the bundle does not tell where it was built', () => {
  const telling = [...built.files].filter(([, text]) => text.includes(root))
  expect(telling.map(([path]) => path)).toEqual([])
})

test('the licence of every bundled package travels with the bundle', () => {
  expect(folders).toContain('node_modules/@azure/data-tables')
  expect(folders).not.toContain('node_modules/esbuild')
  const notices = thirdPartyNotices(folders)
  for (const { name, version, licenses } of billOfMaterials(folders).components)
    expect(notices).toContain(`\n${name} ${version} (${licenses[0]?.license.id})\n`)
  expect(notices.match(/Permission is hereby granted/g)!.length).toBeGreaterThan(10)
})

test('the bill of materials names what is bundled as the registry knows it', () => {
  const { components } = billOfMaterials(folders)
  expect(components).toHaveLength(folders.length)
  const tables = components.find(({ name }) => name === '@azure/data-tables')
  expect(tables?.purl).toBe(`pkg:npm/%40azure/data-tables@${tables?.version}`)
  for (const { hashes } of components) expect(hashes[0]?.content).toMatch(/^[0-9a-f]{128}$/)
})

test('checksums are those of sha256sum, without source maps', () => {
  const directory = mkdtempSync(join(tmpdir(), 'release-'))
  try {
    mkdirSync(join(directory, 'chunks'))
    writeFileSync(join(directory, 'functions.js'), 'entry')
    writeFileSync(join(directory, 'chunks', 'a.js'), 'chunk')
    writeFileSync(join(directory, 'functions.js.map'), '{}')
    const digest = (text: string) => createHash('sha256').update(text).digest('hex')
    expect(checksums(directory)).toBe(
      `${digest('chunk')}  chunks/a.js\n${digest('entry')}  functions.js\n`,
    )
  } finally {
    rmSync(directory, { recursive: true })
  }
})
