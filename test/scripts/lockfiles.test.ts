import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly inBundle?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const lockfiles = findLockfiles(root).map((path) => {
  const { lockfileVersion, packages } = JSON.parse(readFileSync(path, 'utf8')) as {
    lockfileVersion: number
    packages: Record<string, LockedPackage>
  }
  const installed = Object.entries(packages).filter(([where]) => where !== '')
  return { name: relative(root, path), path, lockfileVersion, top: packages[''] ?? {}, installed }
})

/** Licences that let anybody use, change and pass on, in a bundle too, where their text comes along. */
const permissive = ['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']
/** For tools, of which nothing is passed on. */
const forTools = [
  ...permissive,
  'MPL-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
  'Python-2.0',
  'CC-BY-4.0',
]
/** Named by a URL instead of a word: public domain or MIT, as one likes. */
const toolsByUrl = ['http://geraintluff.github.io/tv4/LICENSE.txt']

/** What may run a program as it is installed: checks that the binary of this platform is there. */
const withInstallScript = ['esbuild', 'fsevents']

test('every folder with packages of its own is looked at', () => {
  expect(lockfiles.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['package-lock.json', 'bench/peers/package-lock.json']),
  )
})

test.each(lockfiles)(
  '$name names no registry and can be checked',
  ({ lockfileVersion, installed }) => {
    expect(lockfileVersion).toBe(3)
    expect(installed.length).toBeGreaterThan(0)
    const unchecked = installed.filter(
      ([, { integrity, inBundle, link }]) =>
        link === true || (inBundle !== true && !/^sha512-[\w+/]{86}==$/.test(integrity ?? '')),
    )
    expect(unchecked.map(([where]) => where)).toEqual([])
    expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
  },
)

test.each(lockfiles)('$name is what package.json beside it says, in exact versions', (lockfile) => {
  const manifest = JSON.parse(
    readFileSync(join(dirname(lockfile.path), 'package.json'), 'utf8'),
  ) as LockedPackage
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
    expect(lockfile.top[kind]).toEqual(manifest[kind])
    for (const range of Object.values(manifest[kind] ?? {}))
      expect(range).toMatch(/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+$/)
  }
})

test.each(lockfiles)('$name installs nothing that runs a program', ({ installed }) => {
  const scripts = installed.filter(([, { hasInstallScript }]) => hasInstallScript === true)
  const names = new Set(scripts.map(([where]) => where.replace(/^.*node_modules\//, '')))
  expect([...names].filter((name) => !withInstallScript.includes(name))).toEqual([])
})

test.each(lockfiles)('$name has no licence that binds what uses it', ({ name, installed }) => {
  const deployed = name === 'package-lock.json'
  const wrong = installed.filter(([, { license, dev }]) =>
    deployed && dev !== true
      ? !allows(permissive, license)
      : !allows(forTools, license) && !toolsByUrl.includes(license ?? ''),
  )
  expect(wrong.map(([where, { license }]) => `${where}: ${license}`)).toEqual([])
})

test('a licence is refused where none of its choices is allowed', () => {
  expect(allows(permissive, '(MIT OR GPL-3.0-only)')).toBe(true)
  expect(allows(permissive, 'MIT AND ISC')).toBe(true)
  expect(allows(permissive, 'MIT AND GPL-3.0-only')).toBe(false)
  expect(allows(permissive, 'GPL-3.0-only')).toBe(false)
  expect(allows(permissive, undefined)).toBe(false)
})

/** SPDX expressions as far as packages use them: one level of `OR` over `AND`. */
function allows(allowed: readonly string[], license: string | undefined): boolean {
  const choices = (license ?? '').replaceAll(/[()]/g, '').split(' OR ')
  return choices.some((choice) => choice.split(' AND ').every((each) => allowed.includes(each)))
}

function findLockfiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) {
      const ours = entry.name !== 'node_modules' && !entry.name.startsWith('.')
      return ours ? findLockfiles(path) : []
    }
    return entry.name === 'package-lock.json' ? [path] : []
  })
}
