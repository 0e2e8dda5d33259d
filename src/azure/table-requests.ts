import type { TableClient, TableEntity } from '@azure/data-tables'
import { ServiceFault } from './sdk-errors.ts'
import { sdkHeaders, type SdkHttpClient } from './sdk-http-client.ts'

/** A request for one row of a table. */
export interface RowRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absent in an insert, whose row names them. */
  readonly keys?: { readonly partitionKey: string; readonly rowKey: string }
  readonly body?: string
  /** Version (ETag) that the row must have; `*` for any. */
  readonly ifMatch?: string
  readonly signal?: AbortSignal | undefined
}

/** What came back of a request that succeeded. */
export interface RowAnswer {
  /** JSON of the row, empty where there is none. */
  readonly text: string
  readonly version: string
}

/** Sends requests for single rows of one table. Rejects with `ServiceFault`, or Node's error. */
export type SendRowRequest = (request: RowRequest) => Promise<RowAnswer>

/** Those of Microsoft's "Insert Entity" and its neighbours; the version is the one that the SDK speaks. */
const headers = {
  'x-ms-version': '2019-02-02',
  dataserviceversion: '3.0',
  accept: 'application/json;odata=minimalmetadata',
}
const bodyHeaders = {
  ...headers,
  'content-type': 'application/json;odata=nometadata',
  prefer: 'return-no-content',
}

/**
 * Sends by the SDK client's own pipeline, which signs or brings the token, but past its operations:
 * walking their generated schemas, which know nothing of our columns, costs more CPU time than the
 * rest of a call.
 */
export function createRowRequests(
  client: TableClient,
  httpClient: SdkHttpClient,
  allowInsecureConnection: boolean,
): SendRowRequest {
  const pipeline = client.pipeline.clone()
  for (const name of ['serializationPolicy', 'deserializationPolicy'])
    pipeline.removePolicy({ name })
  const table = `${client.url.replace(/\/$/, '')}/${client.tableName}`
  return async ({ method, keys, body, ifMatch, signal }) => {
    const response = await pipeline.sendRequest(httpClient, {
      method,
      url: keys === undefined ? table : `${table}(${keyPredicate(keys)})`,
      headers: sdkHeaders({
        ...(body === undefined ? headers : bodyHeaders),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
      }),
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { abortSignal: signal }),
      timeout: 0,
      withCredentials: false,
      requestId: '',
      allowInsecureConnection,
    })
    const text = response.bodyAsText ?? ''
    if (response.status !== (method === 'GET' ? 200 : 204)) throw new ServiceFault(response, text)
    return { text, version: response.headers.get('etag') ?? '' }
  }
}

const typeSuffix = '@odata.type'

/** A row as the service takes it: numbers other than 32-bit ones say their type (Microsoft: data model). */
export function rowJson(entity: TableEntity): string {
  const row: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(entity)) {
    if (name === 'partitionKey') row['PartitionKey'] = value
    else if (name === 'rowKey') row['RowKey'] = value
    else if (isTyped(value)) {
      row[name] = value.value
      row[name + typeSuffix] = `Edm.${value.type}`
    } else row[name] = value
  }
  return JSON.stringify(row)
}

/**
 * Reads a row's JSON; throws where it is no object. Of our columns none says its type: what does is
 * of another kind, and left out.
 */
export function rowOf(text: string): Readonly<Record<string, unknown>> {
  const row: unknown = JSON.parse(text)
  if (typeof row !== 'object' || row === null) throw new TypeError('the row is no object')
  const columns = row as Record<string, unknown>
  if (text.includes(typeSuffix))
    for (const [name, type] of Object.entries(columns))
      if (name.endsWith(typeSuffix) && type !== 'Edm.Double')
        delete columns[name.slice(0, -typeSuffix.length)]
  return columns
}

function isTyped(value: unknown): value is { readonly type: string; readonly value: unknown } {
  return typeof value === 'object' && value !== null
}

/** In OData a quote is doubled within a text. */
function keyPredicate({ partitionKey, rowKey }: NonNullable<RowRequest['keys']>): string {
  const literal = (key: string) => `'${encodeURIComponent(key.replaceAll("'", "''"))}'`
  return `PartitionKey=${literal(partitionKey)},RowKey=${literal(rowKey)}`
}
