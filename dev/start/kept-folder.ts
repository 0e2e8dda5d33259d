import { existsSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keptStateFile } from '../entra/kept-state.ts'

/** Where `--persist` keeps everything, below the project's folder. */
const keptFolder = '.local'

/** The folders of the parts that remember something. */
export interface KeptFolders {
  readonly tables: string
  readonly vault: string
  readonly entra: string
  /** What the last start left was not whole, and is deleted. */
  readonly wasIncomplete: boolean
}

/**
 * Prepares what is kept. A session without its grant, or without the key that opens it, is worth
 * nothing and fails later: where one part is missing the others are deleted too.
 */
export async function prepareKeptFolders(root: string): Promise<KeptFolders> {
  const at = (name: string): string => join(root, keptFolder, name)
  const folders = { tables: at('tables'), vault: at('vault'), entra: at('entra') }
  const files = [
    join(folders.tables, 'tables.json'),
    join(folders.vault, 'vault.json'),
    join(folders.entra, keptStateFile),
  ]
  const present = files.filter((file) => existsSync(file)).length
  const wasIncomplete = present > 0 && present < files.length
  if (wasIncomplete) {
    const all = Object.values(folders)
    await Promise.all(all.map((folder) => rm(folder, { recursive: true, force: true })))
  }
  return { ...folders, wasIncomplete }
}

/**
 * With a real tenant only the tables are ours, and the key that opens what is in them where no vault
 * has it.
 */
export async function prepareTenantFolder(
  root: string,
): Promise<{ tables: string; sessionKey: string }> {
  const folder = join(root, keptFolder, 'tenant')
  const file = join(folder, 'session-key')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (!existsSync(file)) {
    await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
  }
  return { tables: join(folder, 'tables'), sessionKey: await readFile(file, 'utf8') }
}
