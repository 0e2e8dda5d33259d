/**
 * `npm run mutation`: changes the sources on purpose, one place at a time, and tells which changes no
 * unit test notices. Arguments name what to change: `npm run mutation -- src/http 'src/oauth/token/*.ts'`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { packagesMistake } from './ensure-packages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'tools/mutation')
const shell = process.platform === 'win32'
if (packagesMistake(folder) !== undefined) {
  console.log('Installing tools/mutation')
  const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: 'inherit', shell })
  if (status !== 0) process.exit(1)
}

const isFolder = (path) => existsSync(path) && statSync(path).isDirectory()
const paths = process.argv.slice(2).filter((argument) => !argument.startsWith('-'))
const options = process.argv.slice(2).filter((argument) => argument.startsWith('-'))
const mutate = paths.map((path) => (isFolder(join(root, path)) ? `${path}/**/*.ts` : path))
const stryker = join(folder, 'node_modules/@stryker-mutator/core/bin/stryker.js')
const args = [stryker, 'run', 'tools/mutation/stryker.config.json', ...options]
if (mutate.length > 0) args.push('--mutate', mutate.join(','))
process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1
