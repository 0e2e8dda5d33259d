import { TableClient, type TableServiceClientOptions } from '@azure/data-tables'
import type { TokenCredential } from '@azure/identity'
import { isLocalAccount, type TablesAccount } from '../settings/tables.ts'
import type { SdkHttpClient } from './sdk-http-client.ts'
import { lazyCredential } from './credentials.ts'
import { createTable, type Table } from './table.ts'
import { createRowRequests } from './table-requests.ts'

/** The three tables of one account. */
export interface AccountTables {
  readonly logins: Table
  readonly sessions: Table
  readonly index: Table
}

/** What an account's tables need. */
export interface AccountOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Asked for once an account is reached by URL. */
  readonly tokenCredential: () => Promise<TokenCredential>
  readonly httpClient: SdkHttpClient
}

/** Connects to the tables of an account, without a request yet. */
export function connectAccount(account: TablesAccount, options: AccountOptions): AccountTables {
  const table = (name: string) => {
    const client = createClient(account, name, options)
    const send = createRowRequests(client, options.httpClient, isLocalAccount(account))
    return createTable(client, send, {
      createMissing: account.kind === 'connection-string',
      now: options.now,
    })
  }
  return { logins: table('signIns'), sessions: table('sessions'), index: table('sessionIndex') }
}

function createClient(account: TablesAccount, name: string, options: AccountOptions): TableClient {
  const clientOptions: TableServiceClientOptions = {
    httpClient: options.httpClient,
    allowInsecureConnection: isLocalAccount(account),
  }
  const client =
    account.kind === 'url'
      ? new TableClient(account.value, name, lazyCredential(options.tokenCredential), clientOptions)
      : TableClient.fromConnectionString(account.value, name, clientOptions)
  for (const policy of needlessPolicies) client.pipeline.removePolicy({ name: policy })
  return client
}

/**
 * What our calls never use: the HTTP client repeats, an answer of the tables is small, goes through no
 * proxy and leads nowhere else, and nothing here is a form or is traced.
 */
const needlessPolicies = [
  'defaultRetryPolicy',
  'proxyPolicy',
  'decompressResponsePolicy',
  'wrapAbortSignalLikePolicy',
  'formDataPolicy',
  'multipartPolicy',
  'userAgentPolicy',
  'setClientRequestIdPolicy',
  'tracingPolicy',
  'redirectPolicy',
  'logPolicy',
]
