import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * Loads what `main` of the app's package.json names, a file or `folder/*.js`, and awaits its
 * top-level awaits. Throws what the app throws, or an error that says why nothing could be loaded.
 */
export async function loadApp(appDirectory: string): Promise<void> {
  const manifest = JSON.parse(await readFile(resolve(appDirectory, 'package.json'), 'utf8')) as {
    main?: string
  }
  if (manifest.main === undefined) throw new Error('package.json has no "main"')
  const files = await entryFiles(resolve(appDirectory, manifest.main))
  if (files.length === 0) throw new Error(`"main" (${manifest.main}) matches no file`)
  for (const file of files) await import(pathToFileURL(file).href)
}

async function entryFiles(pattern: string): Promise<string[]> {
  const [prefix, suffix] = basename(pattern).split('*')
  if (suffix === undefined) return [pattern]
  const names = await readdir(dirname(pattern))
  return names
    .filter((name) => name.startsWith(prefix ?? '') && name.endsWith(suffix))
    .sort()
    .map((name) => resolve(dirname(pattern), name))
}
