import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

/** Where the file goes, and what the deployment wrote into the azd environment. */
export interface LocalSettingsOptions {
  readonly file: URL
  readonly env: Readonly<Record<string, string | undefined>>
  readonly log: (line: string) => void
}

/**
 * Writes local.settings.json for `npm start -- --entra`: the registration and the secret of the
 * deployment, tables of this machine. A file that exists is left alone. No secret of the deployment
 * is in it: the developer reads the vault with an identity of their own.
 */
export async function writeLocalSettings({ file, env, log }: LocalSettingsOptions): Promise<void> {
  if (env['CI'] === 'true' || env['TF_BUILD'] === 'True') return
  const values = localSettings(env)
  if (values === undefined) {
    log(
      'local.settings.json is not written: the credential of this deployment works on Azure alone',
    )
    return
  }
  const text = `${JSON.stringify({ IsEncrypted: false, Values: values }, null, 2)}\n`
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 })
    log('wrote local.settings.json: npm start -- --entra signs in with this registration')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    log('local.settings.json exists and is left alone')
  }
}

/**
 * The settings themselves; undefined where the credential cannot be used outside Azure: a managed
 * identity is not there, and a certificate's key signs for the application alone.
 */
export function localSettings(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> | undefined {
  const credential = env['CLIENT_CREDENTIAL'] || 'secret'
  if (credential !== 'secret') return undefined
  const further = JSON.parse(env['APP_SETTINGS'] || '{}') as Record<string, string | undefined>
  const allowedTenants = further['ENTRA_ALLOWED_TENANTS']
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: '',
    AzureWebJobsDisableHomepage: 'true',
    PUBLIC_URL: 'http://localhost:7071',
    ENTRA_TENANT_ID: env['ENTRA_TENANT_ID'] ?? '',
    ENTRA_CLIENT_ID: env['ENTRA_CLIENT_ID'] ?? '',
    ...(allowedTenants === undefined ? {} : { ENTRA_ALLOWED_TENANTS: allowedTenants }),
    CLIENT_CREDENTIAL: credential,
    KEY_VAULT_URL: env['KEY_VAULT_URL'] ?? '',
    // Of this machine alone: sessions of the deployment cannot be opened with it.
    SESSION_KEY: randomBytes(32).toString('base64url'),
    TABLES_ENDPOINT: 'UseDevelopmentStorage=true',
  }
}
