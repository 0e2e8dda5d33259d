import { isLoopback } from './addresses.ts'
import { isSameSite } from './formats.ts'
import type { FrontEnd } from './front-end.ts'
import { resolveLanding } from './landing.ts'
import { isLocalAccount } from './tables.ts'
import { originsOf, type Values } from './values.ts'

/** Names what is wrong in the settings together; `onAzure` rules out addresses of an emulator. */
export function findContradictions(
  values: Values,
  { authPath }: Pick<FrontEnd, 'authPath'>,
  onAzure: boolean,
): string[] {
  const landings = { origins: originsOf(values), authPath }
  const found: string[] = []
  const multiTenant = ['organizations', 'common'].includes(values.ENTRA_TENANT_ID)
  if (multiTenant && values.ENTRA_ALLOWED_TENANTS === undefined)
    found.push('ENTRA_ALLOWED_TENANTS is missing: ENTRA_TENANT_ID lets every tenant in')
  for (const origin of values.ALLOWED_ORIGINS)
    if (!isSameSite(values.PUBLIC_URL, origin))
      found.push('ALLOWED_ORIGINS must be of the same site as PUBLIC_URL')
  for (const name of ['DEFAULT_RETURN_TO', 'ERROR_URL'] as const)
    if (values[name] !== undefined && resolveLanding(values[name], landings) === undefined)
      found.push(
        `${name} must be a path or URL on PUBLIC_URL or an allowed origin, and none of its sign-in endpoints`,
      )
  if (values.RESPONSE_MODE === 'form_post' && values.PUBLIC_URL.protocol !== 'https:')
    found.push('RESPONSE_MODE=form_post needs an https PUBLIC_URL')
  if (values.UPSTREAMS.length > 0 && !values.ENTRA_SCOPES.includes('offline_access'))
    found.push('ENTRA_SCOPES must have offline_access: UPSTREAMS need a refresh token')
  found.push(...missingSecrets(values))
  if (onAzure) found.push(...loopbackMistakes(values))
  return [...new Set(found)]
}

function missingSecrets(values: Values): string[] {
  if (values.KEY_VAULT_URL !== undefined) return []
  const found: string[] = []
  if (values.SESSION_KEY === undefined)
    found.push('KEY_VAULT_URL is missing (or SESSION_KEY in its place)')
  if (values.CLIENT_CREDENTIAL === 'secret' && values.ENTRA_CLIENT_SECRET === undefined)
    found.push('KEY_VAULT_URL is missing (or ENTRA_CLIENT_SECRET in its place)')
  if (values.CLIENT_CREDENTIAL === 'certificate')
    found.push('KEY_VAULT_URL is missing: it holds the client certificate')
  return found
}

/** On Azure a loopback address is an emulator's, left over from development. */
function loopbackMistakes(values: Values): string[] {
  const urls: [string, URL | undefined][] = [
    ['PUBLIC_URL', values.PUBLIC_URL],
    ['ENTRA_AUTHORITY_HOST', values.ENTRA_AUTHORITY_HOST],
    ['KEY_VAULT_URL', values.KEY_VAULT_URL],
    ...values.ALLOWED_ORIGINS.map((url): [string, URL] => ['ALLOWED_ORIGINS', url]),
    ...values.UPSTREAMS.map(({ url }): [string, URL] => ['UPSTREAMS', url]),
  ]
  const found = urls
    .filter(([, url]) => url !== undefined && isLoopback(url))
    .map(([name]) => `${name} must not be a loopback address on Azure`)
  if (values.TABLES_ENDPOINT.some(isLocalAccount))
    found.push('TABLES_ENDPOINT must not be a loopback address on Azure')
  return found
}
