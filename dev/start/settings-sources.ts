import { settingsTable } from '../../src/settings/schema.ts'
import { nearest } from '../../scripts/nearest.mjs'
import { localSettingsFile } from './local-settings.ts'

type Values = Readonly<Record<string, string>>

/** Where the text of a setting comes from. */
export type SettingSource = 'environment' | typeof localSettingsFile

/** The settings as they count: the environment's before those of local.settings.json. */
export interface GatheredSettings {
  readonly values: Values
  /** Of each value; in the order of the names. */
  readonly sources: ReadonlyMap<string, SettingSource>
  /** Names that are probably misspelt, with the right ones; never a value. */
  readonly warnings: readonly string[]
}

const settingNames = settingsTable.map(({ name }) => name)
/** What the local stack itself reads beside the settings of the functions. */
const stackNames = ['PUBLIC_URL', 'PORT']
const ownNames = [...settingNames, ...stackNames]

/** Names of the Functions platform and of the managed identity, which are no settings of ours. */
const platformName =
  /^(AzureWebJobs|AzureFunctionsJobHost|FUNCTIONS_|WEBSITE_|APPLICATIONINSIGHTS_|APPINSIGHTS_|NODE_|languageWorkers|IDENTITY_(ENDPOINT|HEADER)$|AZURE_)/i

/** Gathers the settings of both sources; an empty text counts as absent, as it does for the functions. */
export function gatherSettings(
  file: Values,
  environment: Readonly<Record<string, string | undefined>>,
): GatheredSettings {
  const names = [...new Set([...ownNames, ...Object.keys(file)])].toSorted()
  const values: Record<string, string> = {}
  const sources = new Map<string, SettingSource>()
  for (const name of names) {
    const given = environment[name]?.trim() ? environment[name] : undefined
    const text = given ?? file[name]
    if (text === undefined) continue
    values[name] = text
    if (text.trim() !== '') {
      sources.set(name, given === undefined ? localSettingsFile : 'environment')
    }
  }
  const warnings = [
    ...Object.keys(file).flatMap(misspeltInFile),
    ...Object.keys(environment).flatMap(misspeltInEnvironment),
  ]
  return { values, sources, warnings }
}

/** `NAME_SETTING` is the setting of a named front end. */
function isKnown(name: string): boolean {
  const ofFrontEnd = /^[A-Z][A-Z0-9]{0,15}_(.+)$/.exec(name)?.[1] ?? ''
  return ownNames.includes(name) || settingNames.includes(ofFrontEnd) || platformName.test(name)
}

function misspeltInFile(name: string): string[] {
  if (isKnown(name)) return []
  const meant = nearest(name, ownNames)
  return [
    meant === undefined
      ? `"${name}" in ${localSettingsFile} is no setting of this project; only functions of your own read it.`
      : `"${name}" in ${localSettingsFile} is no setting: did you mean "${meant}"?`,
  ]
}

/** The environment is full of other programs' names: only what is one or two letters off is told. */
function misspeltInEnvironment(name: string): string[] {
  if (isKnown(name) || !name.includes('_')) return []
  const meant = nearest(name, ownNames, 2)
  return meant === undefined
    ? []
    : [`"${name}" in the environment is no setting: did you mean "${meant}"?`]
}

/** Which settings are not at their defaults, by source: `ALLOWED_ORIGINS (environment)`. */
export function sourcesText({ values, sources }: GatheredSettings): string[] {
  const texts: string[] = []
  for (const source of ['environment', localSettingsFile] as const) {
    const names = [...sources]
      .filter(([name, of]) => of === source && ownNames.includes(name) && !isDefault(name, values))
      .map(([name]) => name)
    if (names.length > 0) texts.push(`${names.join(', ')} (${source})`)
  }
  return texts
}

function isDefault(name: string, values: Values): boolean {
  return settingsTable.find((setting) => setting.name === name)?.default === values[name]
}
