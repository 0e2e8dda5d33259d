import type { TableClient, TableEntity } from '@azure/data-tables'
import type { UpdateResult } from '../stores/ports.ts'
import { wasRepeated } from './sdk-http-client.ts'
import { serviceCode, statusOf } from './sdk-errors.ts'
import { rejectTooLarge, storageError } from './table-errors.ts'
import { rowJson, rowOf, type SendRowRequest } from './table-requests.ts'

/** A row as it was read: `etag`, in pages `partitionKey` and `rowKey`, and columns of which nothing is certain. */
export type Entity = Readonly<Record<string, unknown>>

/** One table of one account, with the service's answers in words. Faults are `storage_unavailable`. */
export interface Table {
  get(partitionKey: string, rowKey: string, signal?: AbortSignal): Promise<Entity | undefined>
  /** False where a row with these keys was there before this call. */
  insert(entity: TableEntity): Promise<boolean>
  /** Conditional Merge; never inserts. */
  merge(entity: TableEntity, version: string): Promise<UpdateResult>
  /** Writes whatever was there: for index rows alone, elsewhere it would bring back deleted rows. */
  replace(entity: TableEntity): Promise<void>
  /** Deletes whatever version, or only the one named; false where that was not there. */
  delete(partitionKey: string, rowKey: string, version?: string): Promise<boolean>
  /** Deletes up to 100 rows of one partition at once; false where any of them was not there. */
  deleteBatch(partitionKey: string, rowKeys: readonly string[]): Promise<boolean>
  /** Pages of a range query, reading only the named columns. */
  pages(filter: string, columns: readonly string[]): AsyncIterable<readonly Entity[]>
}

/** What a table needs beside its client. */
export interface TableOptions {
  /** Whether a missing table is made when first met. */
  readonly createMissing: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
}

/** Wraps one table: single rows by `send`, everything else by the SDK's client. */
export function createTable(
  client: TableClient,
  send: SendRowRequest,
  options: TableOptions,
): Table {
  const run = createRunner(client, options)
  return {
    ...rowWrites(run, send),
    get: (partitionKey, rowKey, signal) =>
      run(
        'read',
        async () => {
          const row = rowOf(
            (await send({ method: 'GET', keys: { partitionKey, rowKey }, signal })).text,
          )
          return { ...row, etag: row['odata.etag'] }
        },
        (error) => (isMissing(error) ? { answer: undefined } : undefined),
      ),
    deleteBatch: (partitionKey, rowKeys) =>
      run(
        'delete_batch',
        async () => {
          await client.submitTransaction(
            rowKeys.map((rowKey) => ['delete', { partitionKey, rowKey }]),
          )
          return true
        },
        (error) => (isMissing(error) ? { answer: false } : undefined),
      ),
    pages: (filter, columns) => readPages(client, run, { filter, select: [...columns] }),
  }
}

/** The writes of single rows, each with what an answer means that is no success. */
function rowWrites(
  run: Runner,
  send: SendRowRequest,
): Pick<Table, 'insert' | 'merge' | 'replace' | 'delete'> {
  return {
    insert: (entity) => {
      rejectTooLarge(entity)
      return run(
        'insert',
        async () => {
          await send({ method: 'POST', body: rowJson(entity) })
          return true
        },
        // After a lost answer the row is most likely the first try's own.
        (error) =>
          serviceCode(error) === 'EntityAlreadyExists' ? { answer: wasRepeated(error) } : undefined,
      )
    },
    merge: (entity, version) => {
      rejectTooLarge(entity)
      const body = rowJson(entity)
      return run<UpdateResult>(
        'update',
        async () => ({
          version: (await send({ method: 'PATCH', keys: entity, body, ifMatch: version })).version,
        }),
        (error) => {
          if (statusOf(error) === 412) return { answer: 'conflict' }
          return isMissing(error) ? { answer: 'missing' } : undefined
        },
      )
    },
    replace: (entity) =>
      run('write', async () => {
        await send({ method: 'PUT', keys: entity, body: rowJson(entity) })
      }),
    delete: (partitionKey, rowKey, version = '*') =>
      run(
        'delete',
        async () => {
          await send({ method: 'DELETE', keys: { partitionKey, rowKey }, ifMatch: version })
          return true
        },
        (error) => {
          if (isMissing(error)) return { answer: wasRepeated(error) }
          return statusOf(error) === 412 ? { answer: false } : undefined
        },
      ),
  }
}

async function* readPages(
  client: TableClient,
  run: Runner,
  queryOptions: { filter: string; select: string[] },
): AsyncGenerator<readonly Entity[]> {
  let from: { continuationToken?: string } = {}
  for (;;) {
    const page = await run('query', () => client.listEntities({ queryOptions }).byPage(from).next())
    if (page.done === true) return
    yield page.value
    if (page.value.continuationToken === undefined) return
    from = { continuationToken: page.value.continuationToken }
  }
}

/** Runs one operation: what `expected` knows is an answer, everything else a fault of the storage. */
type Runner = <Answer>(
  operation: string,
  call: () => Promise<Answer>,
  expected?: (error: unknown) => { readonly answer: Answer } | undefined,
) => Promise<Answer>

function createRunner(client: TableClient, options: TableOptions): Runner {
  let creating: Promise<void> | undefined
  const createOnce = () =>
    (creating ??= client.createTable().finally(() => {
      creating = undefined
    }))
  return async (operation, call, expected) => {
    const startedAt = options.now()
    try {
      try {
        return await call()
      } catch (error) {
        if (!options.createMissing || serviceCode(error) !== 'TableNotFound') throw error
        await createOnce()
        return await call()
      }
    } catch (error) {
      const known = expected?.(error)
      if (known !== undefined) return known.answer
      throw storageError(error, `${client.tableName}.${operation}`, options.now() - startedAt)
    }
  }
}

/** A 404 without the service's code comes from something that is no table service. */
function isMissing(error: unknown): boolean {
  const code = serviceCode(error)
  return statusOf(error) === 404 && (code === 'ResourceNotFound' || code === 'EntityNotFound')
}
