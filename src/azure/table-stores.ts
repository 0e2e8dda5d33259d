import type { TokenCredential } from '@azure/identity'
import type { Stores } from '../stores/ports.ts'
import type { TablesAccount } from '../settings/tables.ts'
import { createSdkHttpClient } from './sdk-http-client.ts'
import { createSessionIndex } from './index-table.ts'
import { createLoginStore } from './login-table.ts'
import { accountIndexOf } from './row-address.ts'
import { createSessionStore } from './session-table.ts'
import { createSweeper } from './sweeper.ts'
import { type AccountTables, connectAccount } from './table-accounts.ts'

/** What the stores need from outside. */
export interface TableStoresOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The managed identity, or the developer's own; asked for only where an account is a URL. */
  readonly tokenCredential: () => Promise<TokenCredential>
}

/** Storage answers within these, or the request that needs it is answered 503. */
const callBounds = { tryMs: 3_000, totalMs: 8_000, maxRetries: 2 }

const probeTimeoutMs = 3_000

/**
 * The stores over Azure Table Storage: `signIns`, `sessions` and `sessionIndex` in each account of
 * `TABLES_ENDPOINT`. The first digit of a shard is the account's place in that list, so entries are
 * appended and never reordered. Every method throws `storage_unavailable` where an account fails, and
 * a row that Table Storage cannot hold is `login_failed` (`session_too_large`).
 */
export function createTableStores(
  accounts: readonly TablesAccount[],
  options: TableStoresOptions,
): Stores {
  const httpClient = createSdkHttpClient(callBounds)
  const connected = accounts.map((account) => connectAccount(account, { ...options, httpClient }))
  const tableOf = (kind: keyof AccountTables) => (shard: string) =>
    connected[accountIndexOf(shard)]?.[kind]
  return {
    logins: createLoginStore(tableOf('logins')),
    sessions: createSessionStore(tableOf('sessions')),
    index: createSessionIndex(
      tableOf('index'),
      connected.map(({ index }) => index),
    ),
    sweeper: createSweeper(connected, options.now),
    openShards: openShardsOf(accounts),
    probe: () => probe(connected),
  }
}

/** Sixteen shards for every account that takes new rows. */
function openShardsOf(accounts: readonly TablesAccount[]): string[] {
  const spreads = Array.from({ length: 16 }, (_, spread) => spread.toString(16))
  return accounts.flatMap(({ acceptsNew }, index) =>
    acceptsNew ? spreads.map((spread) => index.toString(16) + spread) : [],
  )
}

/** Reads one row that does not exist in every table of every account. */
async function probe(accounts: readonly AccountTables[]): Promise<void> {
  const signal = AbortSignal.timeout(probeTimeoutMs)
  const tables = accounts.flatMap(({ logins, sessions, index }) => [logins, sessions, index])
  await Promise.all(tables.map((table) => table.get('probe', 'probe', signal)))
}
