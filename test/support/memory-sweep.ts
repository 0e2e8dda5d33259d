import type { Sweeper, SweepReport } from '../../src/stores/ports.ts'
import type { MemoryTables } from './memory-stores.ts'

const graceSeconds = 3600
const bucketSeconds = { logins: 300, sessions: 3600 }

/** Deletes what has expired; a budget of nothing ends it before it begins. */
export function sweepMemory(
  tables: MemoryTables,
  { now, budgetMs, orphans }: Parameters<Sweeper['sweep']>[0],
): SweepReport {
  const report = { scanned: 0, deleted: 0, oldestExpiredSeconds: 0, complete: budgetMs > 0 }
  if (!report.complete) return report
  const nowSeconds = now / 1000
  const isExpired = (expiresAt: number) => {
    report.scanned++
    const age = Math.floor(nowSeconds - expiresAt)
    report.oldestExpiredSeconds = Math.max(report.oldestExpiredSeconds, age)
    return age >= graceSeconds
  }
  for (const name of ['logins', 'sessions'] as const)
    for (const [key, { row }] of tables[name]) {
      const bucketEnd = (Number(key.split('|')[1]) + 1) * bucketSeconds[name]
      if (bucketEnd + graceSeconds > nowSeconds || !isExpired(row.expiresAt)) continue
      tables[name].delete(key)
      report.deleted++
      if ('sidHash' in row) deletePointers(tables, row, key)
    }
  if (orphans)
    for (const [key, { expiresAt }] of tables.index) {
      if (expiresAt + graceSeconds > nowSeconds || !isExpired(expiresAt)) continue
      tables.index.delete(key)
      report.deleted++
    }
  return report
}

function deletePointers(
  tables: MemoryTables,
  session: { sidHash: string; userHash: string },
  key: string,
): void {
  const hash = key.split('|')[2] ?? ''
  for (const pointer of [session.sidHash, session.userHash])
    tables.index.delete(`${pointer}|${hash}`)
}
