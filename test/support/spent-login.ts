import type { Stack } from './stack.ts'
import { tableOf } from './table-rows.ts'

/** How the login that was touched last lies in its table. */
export interface SpentLogin {
  readonly usedBy: string
  readonly sealed: string
  readonly failure: string
}

/** Reads the row of the login that the app touched last. */
export async function lastLogin(stack: Stack): Promise<SpentLogin> {
  const touched = stack.storage.requests.findLast(
    ({ table, rowKey }) => table === 'signIns' && rowKey !== undefined,
  )
  const partitionKey = /PartitionKey='([^']*)'/.exec(decodeURIComponent(touched?.path ?? ''))?.[1]
  return tableOf(stack, 'signIns').getEntity<SpentLogin & object>(
    partitionKey ?? '',
    touched?.rowKey ?? '',
  )
}
