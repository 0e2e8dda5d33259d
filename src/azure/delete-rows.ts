import { settleBounded } from '../base/bounded.ts'
import { BffError } from '../base/errors.ts'
import type { Table } from './table.ts'

/** The keys of a row to delete. */
export interface RowKeys {
  readonly partitionKey: string
  readonly rowKey: string
}

/** What came of deleting many rows. */
export interface DeleteResult<Row> {
  readonly deleted: readonly Row[]
  /** False where some rows were not tried or could not be deleted. */
  readonly complete: boolean
  /** Why some could not be deleted: the first fault, or that the account is overloaded. */
  readonly fault?: unknown
}

/** The service's limit for one transaction. */
const batchSize = 100

/**
 * Deletes rows whatever their version, in transactions of one partition each. A row that is gone is no
 * fault, and a batch that fails does not stop the others, unless the account is overloaded or does not
 * answer: going on would only add to it.
 */
export async function deleteRows<Row extends RowKeys>(
  table: Table,
  rows: readonly Row[],
  isOver: () => boolean = () => false,
): Promise<DeleteResult<Row>> {
  const deleted: Row[] = []
  let overload: unknown
  let complete = true
  const { faults } = await settleBounded(toBatches(rows), async (batch) => {
    if (overload !== undefined || isOver()) {
      complete = false
      return
    }
    try {
      await deleteBatch(table, batch, deleted)
    } catch (fault) {
      if (isOverload(fault)) overload ??= fault
      throw fault
    }
  })
  return { deleted, complete: complete && faults.length === 0, fault: overload ?? faults[0] }
}

/** Tells whether an account is throttled or does not answer; anything but a storage fault counts too. */
export function isOverload(fault: unknown): boolean {
  if (!(fault instanceof BffError)) return true
  const status = fault.details.dependency?.status
  return status === undefined || status === 429 || status === 503
}

function toBatches<Row extends RowKeys>(rows: readonly Row[]): Row[][] {
  const open = new Map<string, Row[]>()
  const full: Row[][] = []
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
async function deleteBatch<Row extends RowKeys>(
  table: Table,
  batch: readonly Row[],
  deleted: Row[],
): Promise<void> {
  const [first] = batch
  if (first === undefined) return
  const rowKeys = batch.map(({ rowKey }) => rowKey)
  if (batch.length > 1 && (await table.deleteBatch(first.partitionKey, rowKeys))) {
    deleted.push(...batch)
    return
  }
  for (const row of batch) if (await table.delete(row.partitionKey, row.rowKey)) deleted.push(row)
}
