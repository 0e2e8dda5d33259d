import { testUsers } from '../entra/users.ts'
import type { StartArguments } from '../../scripts/start-arguments.mjs'
import { certificateFolder, certificateName } from './certificate.ts'
import { ownsTables } from './owns-tables.ts'
import { sourcesText, type GatheredSettings } from './settings-sources.ts'
import { unusedSettings } from './environment.ts'
import type { Stack } from './stack.ts'
import { tablesText } from './tables-text.ts'

export interface ReadyContext {
  readonly seconds: number
  readonly arguments: StartArguments
  readonly settings: GatheredSettings
  /** The terminal takes single keys. */
  readonly keys: boolean
}

const shownUsers = 3

/** What `npm start` shows once everything answers. */
export function readyText(stack: Stack, context: ReadyContext): string {
  const { publicUrl, emulated } = stack.addresses
  const azurite = context.arguments.persist ? 'Azurite, kept in .local/' : 'Azurite, in memory'
  const kept = ownsTables(stack)
    ? azurite
    : `TABLES_ENDPOINT of ${context.settings.sources.get('TABLES_ENDPOINT') ?? ''}`
  const title = '  Entra BFF, local stack'
  return [
    '',
    `${title}${`ready in ${context.seconds.toFixed(1)} s`.padStart(52 - title.length + 20)}`,
    '',
    row('Demo app', publicUrl, '<- open this'),
    row('Session page', `${publicUrl}/session`),
    ...listeningRows(stack),
    ...(emulated === undefined
      ? []
      : [
          row('Local Entra', emulated.entraOrigin, 'test users, sign-in log, faults'),
          row('Demo API', new URL(emulated.demoApiUrl).origin, 'called as /api/demo/…'),
          row('Key Vault', emulated.keyVaultUrl, 'client secret, session key'),
        ]),
    row('Tables', tablesText(stack.tablesEndpoint()), kept),
    '',
    ...signInRows(stack),
    ...(context.arguments.https
      ? [row('Certificate', `${certificateFolder}/${certificateName}`, 'to be trusted once')]
      : []),
    ...keptRows(stack),
    ...settingsRows(stack, context),
    '',
    ...functionRows(stack),
    ...(context.keys ? ['', `  ${keysText(stack)}`] : []),
    '',
  ].join('\n')
}

function row(name: string, ...columns: string[]): string {
  const [first = '', ...rest] = columns
  return `  ${name.padEnd(15)} ${[first.padEnd(rest.length > 0 ? 31 : 0), ...rest].join(' ')}`
}

function signInRows({ addresses }: Stack): string[] {
  if (addresses.emulated !== undefined) {
    const users = testUsers
      .slice(0, shownUsers)
      .map(({ username, roles }) => `${username} (${roles[0] ?? 'no role'})`)
    return [row('Sign in as', users.join(' · '))]
  }
  return [
    row('Register', `${addresses.publicUrl}/auth/callback`, 'redirect URI, platform Web, not SPA'),
    row('', `${addresses.publicUrl}/auth/logout/callback`, 'another redirect URI'),
  ]
}

/** Where another server or a tunnel stands before the functions. */
function listeningRows({ addresses: { publicUrl }, host }: Stack): string[] {
  const { port } = new URL(publicUrl)
  return port === String(host.port) ? [] : [row('Functions', host.origin, 'where they listen')]
}

function keptRows({ kept }: Stack): string[] {
  if (kept === undefined) return []
  const { sessions, signedInToEntra, wasIncomplete } = kept
  if (wasIncomplete) return [row('Kept', 'nothing: the last start left only a part, now deleted')]
  const text = `${plural(sessions, 'session')}, ${plural(signedInToEntra, 'sign-in')} at Entra`
  return [row('Kept', sessions + signedInToEntra === 0 ? 'nothing yet' : text)]
}

function plural(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`
}

function settingsRows(stack: Stack, { arguments: { entra }, settings }: ReadyContext): string[] {
  const unused = entra ? [] : unusedSettings(stack.addresses, settings.values)
  const sources = sourcesText({
    ...settings,
    sources: new Map([...settings.sources].filter(([name]) => !unused.includes(name))),
  })
  return [
    row('Settings', sources.length === 0 ? 'all at their defaults' : sources.join(' · ')),
    ...(unused.length === 0
      ? []
      : [
          row(
            '',
            `not used here: ${unused.join(', ')}; \`npm start -- --entra\` signs in with them`,
          ),
        ]),
  ]
}

/** The single keys that the terminal takes. */
export function keysText(stack: Stack): string {
  const clear = ownsTables(stack) ? 'c clear sessions · ' : ''
  return `r restart · o open · ${clear}q quit · ? this line`
}

/** A function that lists them all answers 405 itself. */
const allMethods = 7

function functionRows({ host }: Stack): string[] {
  return host.functions.map(({ name, methods, route }, index) => {
    const shown = methods.length < allMethods ? `  ${methods.join(',')}` : ''
    return row(index === 0 ? 'Functions' : '', `${name.padEnd(19)} /${route}${shown}`)
  })
}
