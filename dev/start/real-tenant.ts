import * as defaults from '../entra/defaults.ts'
import { isLoopback } from '../../src/settings/addresses.ts'

type Values = Readonly<Record<string, string>>

/**
 * What `--entra` takes of local.settings.json: neither what is empty nor what the sample says of the
 * emulators, since those do not run then.
 */
export function valuesForRealTenant(values: Values): Record<string, string> {
  const unusable = new Set([
    ...Object.keys(values).filter((name) => values[name]?.trim() === ''),
    ...['ENTRA_AUTHORITY_HOST', 'KEY_VAULT_URL'].filter((name) => isOnLoopback(values[name])),
    ...(values['ENTRA_TENANT_ID'] === defaults.contoso.id ? ['ENTRA_TENANT_ID'] : []),
    ...(values['ENTRA_CLIENT_ID'] === defaults.clientId ? ['ENTRA_CLIENT_ID'] : []),
    ...(values['IDENTITY_HEADER'] === defaults.managedIdentity.header
      ? ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER', 'AZURE_CLIENT_ID']
      : []),
  ])
  const kept = Object.entries(values).filter(([name]) => !unusable.has(name))
  const upstreams = values['UPSTREAMS']
  return {
    ...Object.fromEntries(kept),
    ...(upstreams?.trim() ? { UPSTREAMS: withoutDemoApi(upstreams) } : {}),
  }
}

function isOnLoopback(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && isLoopback(new URL(url))
}

function withoutDemoApi(upstreams: string): string {
  try {
    const { demo, ...others } = JSON.parse(upstreams) as Record<string, { url?: string }>
    return isOnLoopback(demo?.url) ? JSON.stringify(others) : upstreams
  } catch {
    // The settings' own check says what is wrong with it.
    return upstreams
  }
}
