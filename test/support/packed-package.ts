import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packPackage } from '../../scripts/build-package.mjs'

let packed: Promise<string> | undefined

/** The tarball that strangers install, built once for each worker. */
export function packedPackage(): Promise<string> {
  return (packed ??= mkdtemp(join(tmpdir(), 'entra-bff-packed-')).then(packPackage))
}

/**
 * A folder of a stranger's app with the unpacked tarball in its node_modules, and beside it what a
 * team has there as well: packages of this repository by their names.
 */
export async function strangersApp(manifest: object, others: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strangers-app-'))
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'entra-bff'), { recursive: true })
  const unpack = ['xzf', await packedPackage(), '--strip-components=1']
  execFileSync('tar', [...unpack, '-C', join(modules, 'entra-bff')])
  for (const name of others) {
    await mkdir(dirname(join(modules, name)), { recursive: true })
    await symlink(join(process.cwd(), 'node_modules', name), join(modules, name))
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  return folder
}
