import * as v from 'valibot'
import { isLoopback } from './addresses.ts'
import { listFormat, secureUrlFormat } from './formats.ts'

/** One storage account with the tables; its place in the list is the first digit of a shard. */
export interface TablesAccount {
  /** The URL of the table service, used with the managed identity, or a connection string. */
  readonly kind: 'url' | 'connection-string'
  readonly value: string
  /** False after a `-`: rows there are read, no new ones are written. */
  readonly acceptsNew: boolean
}

/** `TABLES_ENDPOINT`: up to 16 URLs or connection strings, comma-separated, `-` before a closed one. */
export const tablesFormat = v.pipe(
  listFormat,
  v.check(
    (entries) => entries.length >= 1 && entries.length <= 16,
    'must name 1 to 16 storage accounts',
  ),
  v.transform((entries) => entries.map(toAccount)),
  v.check(
    (accounts) => accounts.every(isUsable),
    'must be table URLs (https, or http on loopback) or connection strings',
  ),
  v.check(
    (accounts) => accounts.some((account) => account.acceptsNew),
    'must leave at least one account open for new rows',
  ),
)

/** Tells whether a connection string or URL names a table service on this machine. */
export function isLocalAccount(account: TablesAccount): boolean {
  if (account.kind === 'url') return isLoopback(new URL(account.value))
  const endpoint = tableEndpoint(account.value)
  if (endpoint !== undefined) return URL.canParse(endpoint) && isLoopback(new URL(endpoint))
  return /^UseDevelopmentStorage=true;?$/i.test(account.value)
}

function toAccount(entry: string): TablesAccount {
  const acceptsNew = !entry.startsWith('-')
  const value = acceptsNew ? entry : entry.slice(1)
  return { kind: value.includes('=') ? 'connection-string' : 'url', value, acceptsNew }
}

function isUsable(account: TablesAccount): boolean {
  if (account.kind === 'url') return v.is(secureUrlFormat, account.value)
  const endpoint = tableEndpoint(account.value)
  const overHttp =
    endpoint?.startsWith('http:') === true ||
    /DefaultEndpointsProtocol=http(;|$)/i.test(account.value)
  const complete = /AccountKey=|SharedAccessSignature=/i.test(account.value)
  return isLocalAccount(account) || (complete && !overHttp)
}

function tableEndpoint(connectionString: string): string | undefined {
  return /(?:^|;)TableEndpoint=([^;]+)/i.exec(connectionString)?.[1]
}
