import type { Environment } from './front-end.ts'
import { isLoopback } from './addresses.ts'
import type { Values } from './values.ts'

const proxyVariables = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy']

/**
 * Calls are made directly. Where the environment wants them to go through a proxy, and a host is not
 * excepted from that by `NO_PROXY`, the app does not start rather than go round it.
 */
export function proxyMistakes(values: Values, env: Environment): string[] {
  const variable = proxyVariables.find((name) => (env[name] ?? '') !== '')
  if (variable === undefined) return []
  const excepted = (env['NO_PROXY'] ?? env['no_proxy'] ?? '').toLowerCase().split(/[\s,]+/)
  const proxied = urlsOf(values).filter((url) => !isLoopback(url) && !isExcepted(url, excepted))
  return proxied.length === 0
    ? []
    : [`${variable} is set, but calls do not go through a proxy: unset it, or add to NO_PROXY`]
}

function urlsOf(values: Values): URL[] {
  const tables = values.TABLES_ENDPOINT.filter(({ kind }) => kind === 'url')
  return [
    values.ENTRA_AUTHORITY_HOST,
    ...(values.KEY_VAULT_URL === undefined ? [] : [values.KEY_VAULT_URL]),
    ...tables.map(({ value }) => new URL(value)),
    ...values.UPSTREAMS.map(({ url }) => url),
  ]
}

/** As curl reads it: `*`, a host, or a domain with all below it; a port is not looked at. */
function isExcepted({ hostname }: URL, excepted: readonly string[]): boolean {
  return excepted.some((entry) => {
    const domain = entry.replace(/:\d+$/, '').replace(/^\*?\./, '')
    return entry === '*' || (domain !== '' && `.${hostname}`.endsWith(`.${domain}`))
  })
}
