import { existsSync, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const localSettingsFile = 'local.settings.json'

/** What to do where a setting is missing or wrong. */
export function settingsFix(root: string): string {
  return existsSync(join(root, localSettingsFile))
    ? `correct ${localSettingsFile}`
    : `copy local.settings.sample.json to ${localSettingsFile} and fill in your tenant`
}

/**
 * Reads `Values` of local.settings.json (the format of Azure Functions Core Tools); an absent file
 * has none. Throws where it cannot be read as such.
 */
export async function readLocalSettings(root: string): Promise<Record<string, string>> {
  try {
    const text = await readFile(join(root, localSettingsFile), 'utf8')
    const { IsEncrypted, Values = {} } = JSON.parse(text) as {
      IsEncrypted?: boolean
      Values?: Record<string, unknown>
    }
    if (IsEncrypted === true) throw new Error('"IsEncrypted" is true; run `func settings decrypt`')
    return Object.fromEntries(Object.entries(Values).map(([name, value]) => [name, String(value)]))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Error(`${localSettingsFile}: ${(error as Error).message}`, { cause: error })
  }
}

const watched = [localSettingsFile, 'host.json']

/** Calls back some moments after local.settings.json or host.json changed, appeared or went. */
export function watchSettings(root: string, onChange: (file: string) => void): () => void {
  let timer: NodeJS.Timeout | undefined
  // The folder, because editors replace the file.
  const watcher = watch(root, (_, name) => {
    if (name === null || !watched.includes(name)) return
    clearTimeout(timer)
    timer = setTimeout(() => onChange(name), 100)
  })
  return () => {
    clearTimeout(timer)
    watcher.close()
  }
}
