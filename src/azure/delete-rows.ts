import { BffError } from '../base/errors.ts'
import type { Table } from './table.ts'

/** The keys of a row to delete. */
export interface RowKeys {
  readonly partitionKey: string
  readonly rowKey: string
}

/** What came of deleting many rows. */
export interface DeleteResult {
  readonly deleted: number
  /** False where some rows were not tried or could not be deleted. */
  readonly complete: boolean
  /** Why some could not be deleted: the first fault. */
  readonly fault?: unknown
}

/** The service's limit for one transaction. */
const batchSize = 100

const parallelBatches = 8

/**
 * Deletes rows whatever their version, in transactions of one partition each. A row that is gone is no
 * fault, and a batch that fails does not stop the others. Throws the fault where the account is
 * overloaded or does not answer: going on would only add to it.
 */
export async function deleteRows(
  table: Table,
  rows: readonly RowKeys[],
  isOver: () => boolean,
): Promise<DeleteResult> {
  const batches = toBatches(rows)
  let deleted = 0
  let fault: unknown
  for (let i = 0; i < batches.length; i += parallelBatches) {
    if (isOver()) return { deleted, complete: false, fault }
    const running = batches.slice(i, i + parallelBatches).map((batch) => deleteBatch(table, batch))
    for (const result of await Promise.allSettled(running)) {
      if (result.status === 'fulfilled') deleted += result.value
      else if (isOverload(result.reason)) throw result.reason
      else fault ??= result.reason
    }
  }
  return { deleted, complete: fault === undefined, fault }
}

/** Tells whether an account is throttled or does not answer; anything but a storage fault counts too. */
export function isOverload(fault: unknown): boolean {
  if (!(fault instanceof BffError)) return true
  const status = fault.details.dependency?.status
  return status === undefined || status === 429 || status === 503
}

function toBatches(rows: readonly RowKeys[]): RowKeys[][] {
  const open = new Map<string, RowKeys[]>()
  const full: RowKeys[][] = []
  for (const row of rows) {
    const batch = open.get(row.partitionKey) ?? []
    batch.push(row)
    if (batch.length === batchSize) {
      full.push(batch)
      open.delete(row.partitionKey)
    } else open.set(row.partitionKey, batch)
  }
  return [...full, ...open.values()]
}

/** A transaction with a row that is gone deletes none: then each row is deleted by itself. */
async function deleteBatch(table: Table, batch: readonly RowKeys[]): Promise<number> {
  const [first] = batch
  if (first === undefined) return 0
  const rowKeys = batch.map(({ rowKey }) => rowKey)
  if (batch.length > 1 && (await table.deleteBatch(first.partitionKey, rowKeys)))
    return batch.length
  let deleted = 0
  for (const { partitionKey, rowKey } of batch)
    if (await table.delete(partitionKey, rowKey)) deleted++
  return deleted
}
