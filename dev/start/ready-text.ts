import { testUsers } from '../entra/users.ts'
import type { StartArguments } from './arguments.ts'
import { certificateFolder, certificateName } from './certificate.ts'
import { ownsTables } from './owns-tables.ts'
import { localSettingsFile } from './local-settings.ts'
import type { Stack } from './stack.ts'
import { tablesText } from './tables-text.ts'

export interface ReadyContext {
  readonly seconds: number
  readonly arguments: StartArguments
  /** local.settings.json exists. */
  readonly hasLocalSettings: boolean
  /** The terminal takes single keys. */
  readonly keys: boolean
}

const shownUsers = 3

/** What `npm start` shows once everything answers. */
export function readyText(stack: Stack, context: ReadyContext): string {
  const { publicUrl, emulated } = stack.addresses
  const azurite = context.arguments.persist ? 'Azurite, kept in .local/' : 'Azurite, in memory'
  const kept = ownsTables(stack) ? azurite : `TABLES_ENDPOINT of ${localSettingsFile}`
  const clearKey = ownsTables(stack) ? 'c clear sessions · ' : ''
  const title = '  Entra BFF, local stack'
  return [
    '',
    `${title}${`ready in ${context.seconds.toFixed(1)} s`.padStart(52 - title.length + 20)}`,
    '',
    row('Demo app', publicUrl, '<- open this'),
    row('Session page', `${publicUrl}/session`),
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
    row('Config', configText(context)),
    '',
    ...functionRows(stack),
    ...(context.keys ? ['', `  r restart · o open · ${clearKey}q quit`] : []),
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

function configText({ arguments: { entra }, hasLocalSettings }: ReadyContext): string {
  if (entra) return 'tenant and settings of local.settings.json'
  if (hasLocalSettings) return 'local.settings.json; `npm start -- --entra` uses its tenant'
  return 'defaults; own tenant: copy local.settings.sample.json to local.settings.json, then --entra'
}

/** A function that lists them all answers 405 itself. */
const allMethods = 7

function functionRows({ host }: Stack): string[] {
  return host.functions.map(({ name, methods, route }, index) => {
    const shown = methods.length < allMethods ? `  ${methods.join(',')}` : ''
    return row(index === 0 ? 'Functions' : '', `${name.padEnd(19)} /${route}${shown}`)
  })
}
