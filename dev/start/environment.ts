import { isLoopback } from '../../src/settings/addresses.ts'
import { valuesForRealTenant } from './real-tenant.ts'

/** Where the parts of the local stack are. */
export interface StackAddresses {
  /** Origin of functions and demo app. */
  readonly publicUrl: string
  /** Connection string of Azurite. */
  readonly tables: string
  /** Absent where people sign in with a real tenant. */
  readonly emulated?: {
    readonly entraOrigin: string
    readonly tenantId: string
    readonly clientId: string
    readonly keyVaultUrl: string
    readonly demoApiUrl: string
    readonly demoApiScope: string
    readonly identity: { readonly clientId: string; readonly header: string }
  }
  /** Stands in for the vault's session key where there is no vault. */
  readonly sessionKey: string
}

/** Settings that point to the emulated parts: what local.settings.json says of them is for `--entra`. */
const settingsOfTheStack = [
  'PUBLIC_URL',
  'ENTRA_TENANT_ID',
  'ENTRA_CLIENT_ID',
  'ENTRA_ALLOWED_TENANTS',
  'ENTRA_AUTHORITY_HOST',
  'ENTRA_CLIENT_SECRET',
  'CLIENT_CREDENTIAL',
  'KEY_VAULT_URL',
  'SESSION_KEY',
  'TABLES_ENDPOINT',
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'AZURE_CLIENT_ID',
]

/** Builds the functions' settings for the local stack; `values` are those of local.settings.json. */
export function functionsEnvironment(
  addresses: StackAddresses,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  const { publicUrl, tables, emulated, sessionKey } = addresses
  if (emulated === undefined) {
    const own = valuesForRealTenant(values)
    const ownTables = own['TABLES_ENDPOINT']
    const tablesEndpoint =
      ownTables === undefined || /UseDevelopmentStorage=true/i.test(ownTables) ? tables : ownTables
    const key = own['KEY_VAULT_URL'] === undefined ? { SESSION_KEY: sessionKey } : {}
    return { ...key, ...own, PUBLIC_URL: publicUrl, TABLES_ENDPOINT: tablesEndpoint }
  }
  const own = Object.entries(values).filter(([name]) => !settingsOfTheStack.includes(name))
  return {
    ...Object.fromEntries(own),
    PUBLIC_URL: publicUrl,
    ENTRA_AUTHORITY_HOST: emulated.entraOrigin,
    ENTRA_TENANT_ID: emulated.tenantId,
    ENTRA_CLIENT_ID: emulated.clientId,
    KEY_VAULT_URL: emulated.keyVaultUrl,
    TABLES_ENDPOINT: tables,
    IDENTITY_ENDPOINT: `${emulated.entraOrigin}/msi/token`,
    IDENTITY_HEADER: emulated.identity.header,
    AZURE_CLIENT_ID: emulated.identity.clientId,
    UPSTREAMS: withDemoApi(values['UPSTREAMS'], emulated),
  }
}

/** Adds the demo API, where it runs now, to the upstreams of local.settings.json. */
function withDemoApi(
  upstreams: string | undefined,
  { demoApiUrl, demoApiScope }: NonNullable<StackAddresses['emulated']>,
): string {
  const demo = { url: demoApiUrl, scopes: [demoApiScope] }
  if (upstreams === undefined || upstreams.trim() === '') return JSON.stringify({ demo })
  try {
    return JSON.stringify({ ...(JSON.parse(upstreams) as object), demo })
  } catch {
    // The settings' own check says what is wrong with it.
    return upstreams
  }
}

/** Settings given for a real tenant that count for nothing where the emulated one is used. */
export function unusedSettings(
  addresses: StackAddresses,
  values: Readonly<Record<string, string>>,
): string[] {
  if (addresses.emulated === undefined) return []
  const used = functionsEnvironment(addresses, {})
  const usual = { CLIENT_CREDENTIAL: 'secret', ...used }
  return settingsOfTheStack.filter((name) => {
    const given = values[name]?.trim() ?? ''
    if (given === '' || name === 'PUBLIC_URL' || /UseDevelopmentStorage=true/i.test(given))
      return false
    const onThisMachine = URL.canParse(given) && isLoopback(new URL(given))
    return !onThisMachine && given !== usual[name as keyof typeof usual]
  })
}
