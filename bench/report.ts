import { type ColdStart, median } from './cold-start.ts'
import { type Figures, type Operation, operations } from './measure.ts'

/** CPU-ms beyond an empty function, on a machine where a read costs `readMs`, and function calls. */
const budgets = {
  login: { cpuMs: 0.25, calls: 1, name: 'login' },
  full: { cpuMs: 3, calls: 5, name: 'full sign-in' },
  session: { cpuMs: 0.25, calls: 1, name: 'session' },
  api: { cpuMs: 0.35, calls: 1, name: 'api' },
  refresh: { cpuMs: 0.75, calls: 1, name: 'refresh' },
} as const satisfies Partial<Record<Operation, object>>
const readMs = 0.22

/** Rounds of one operation become one figure: medians, since noise strikes some of them only. */
export function operationTable(rounds: Readonly<Record<Operation, readonly Figures[]>>): string {
  const of = (operation: Operation, figure: keyof Figures) =>
    median(rounds[operation].map((each) => each[figure]))
  const beyondEmpty = (operation: Operation, calls: number) =>
    of(operation, 'cpuMs') - of('empty', 'cpuMs') * calls
  const rest = (operation: Operation) => [
    of(operation, 'perSecond').toFixed(0),
    String(rounds[operation].reduce((sum, { count }) => sum + count, 0)),
  ]
  const slowness = beyondEmpty('read', 1) / readMs
  const rows = operations
    .filter((operation): operation is keyof typeof budgets => operation in budgets)
    .map((operation) => {
      const { cpuMs, calls, name } = budgets[operation]
      const figure = beyondEmpty(operation, calls).toFixed(2)
      const here = (cpuMs * slowness).toFixed(2)
      return [name, cpuMs.toFixed(2), here, figure, ...rest(operation)]
    })
  return table([
    ['operation', 'budget', 'budget here', 'CPU-ms', 'a second', 'measured'],
    ...rows,
    ['a read, plain SDK', '', '', beyondEmpty('read', 1).toFixed(2), ...rest('read')],
    ['an empty function', '', '', of('empty', 'cpuMs').toFixed(2), ...rest('empty')],
  ])
}

/** Cold start and sizes, beside their budgets. */
export function startTable(
  [app, empty]: readonly ColdStart[],
  size: { readonly entry: number; readonly all: number; readonly files: number },
): string {
  const loaded = app!.loaded - empty!.loaded
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`
  return table([
    ['cold start and bundle', 'budget', 'measured'],
    ['process to loaded entry, ms', '', app!.loaded.toFixed(0)],
    ['the same, an empty function', '', empty!.loaded.toFixed(0)],
    ['difference, ms', '15', loaded.toFixed(1)],
    ['entry', '', kib(size.entry)],
    [`all ${size.files} files`, '2048 KiB', kib(size.all)],
  ])
}

/** Columns as wide as their widest cell; all but the first are flush right. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
        .join('  '),
    )
    .join('\n')
}
