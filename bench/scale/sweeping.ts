import type { Figures } from './constants.ts'

/** Figures of the sweep: src/azure/sweeper.ts, src/azure/delete-rows.ts, src/endpoints/sweep-expired.ts. */
export const sweep = { everySeconds: 600, budgetSeconds: 180, page: 1000, batch: 100, parallel: 8 }

/** Sessions that end unused, each second, which one account's sweep can keep up with. */
export function sweepablePerSecond(
  figures: Pick<Figures, 'storageMs' | 'indexPartitions'>,
): number {
  const indexRows = 2 * sweep.page
  const perIndexPartition = indexRows / figures.indexPartitions
  const indexBatches = figures.indexPartitions * Math.ceil(perIndexPartition / sweep.batch)
  const rowBatches = sweep.page / sweep.batch
  const rounds = Math.ceil(indexBatches / sweep.parallel) + Math.ceil(rowBatches / sweep.parallel)
  // A transaction of many rows takes about twice as long as a single call; one query for each page.
  const pageMs = figures.storageMs * (2 * rounds + 2)
  const pages = (sweep.budgetSeconds * 1000) / pageMs
  // The sessions' ranges get most of the time: logins have no index rows.
  return (pages * sweep.page) / sweep.everySeconds
}
