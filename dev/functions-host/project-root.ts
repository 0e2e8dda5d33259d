import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of this project, from a source file as from the bundle in .cache/dev. */
export function projectRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package-lock.json'))) {
    if (dirname(directory) === directory) throw new Error('the project folder was not found')
    directory = dirname(directory)
  }
  return directory
}
