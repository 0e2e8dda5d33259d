import type { BundleSize } from './bundle-size.ts'
import type { ColdStart } from './cold-start.ts'
import { callsOf, operations } from './measure.ts'
import type { LoadedPart } from './loaded-when.ts'
import type { ProfileLine } from './profile.ts'
import type { PartyResult } from './result.ts'

/** Goals in reads of one row through the plain SDK, measured in the same run. */
const budgets = { login: 1, full: 12, session: 1, api: 1.6, refresh: 4 } as const

const heads = ['login', 'full sign-in', 'session', 'api', 'refresh']

/** What the app costs beyond an empty function, in CPU-ms and in plain reads, beside its budget. */
export function budgetTable(apps: readonly PartyResult[]): string {
  const rows = apps.flatMap((app) => {
    const beyond = app.beyondEmpty ?? {}
    const read = beyond.read ?? NaN
    return [
      [`${app.name}, CPU-ms`, ...operations.map((each) => (beyond[each] ?? NaN).toFixed(2))],
      ['  in plain reads', ...operations.map((each) => ((beyond[each] ?? NaN) / read).toFixed(1))],
      ['  of the first', ...operations.map((each) => (app.ofFirst[each] ?? NaN).toFixed(2))],
      ['  a second', ...operations.map((each) => (app.perSecond[each] ?? NaN).toFixed(0))],
    ]
  })
  const [first] = apps
  const read = first?.beyondEmpty?.read?.toFixed(2)
  return table([
    ['beyond an empty function', ...heads],
    ['budget, in plain reads', ...operations.map((each) => budgets[each].toFixed(1))],
    ...rows,
    [`a plain read: ${read} CPU-ms; an empty function: ${first?.cpuMs.empty?.toFixed(2)} CPU-ms`],
  ])
}

/** Every party beside the first: CPU-ms of the whole process, and the ratio to the first. */
export function peerTable(results: readonly PartyResult[]): string {
  const [first] = results
  const empty = first?.cpuMs.empty ?? NaN
  return table([
    ['CPU-ms, the whole process', ...heads, 'full, ratio', 'MiB'],
    ...results.map(({ name, cpuMs, rss }) => [
      name,
      ...operations.map((each) => (cpuMs[each] ?? NaN).toFixed(2)),
      ((cpuMs.full ?? NaN) / (first?.cpuMs.full ?? NaN)).toFixed(2),
      (rss / 1024 / 1024).toFixed(0),
    ]),
    [
      'an empty function app, as many calls',
      ...operations.map((each) => (empty * callsOf(each)).toFixed(2)),
      ((empty * callsOf('full')) / (first?.cpuMs.full ?? NaN)).toFixed(2),
      '',
    ],
  ])
}

/** Cold starts by version of Node, and sizes, beside their budgets. */
export function startTable(starts: readonly ColdStart[], size: BundleSize): string {
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`
  const answers = Object.keys(starts[0]?.answers ?? {})
  return table([
    ['cold start, ms', 'budget', ...starts.map(({ node }) => `Node ${node}`)],
    ['an empty function is loaded', '', ...starts.map(({ empty }) => empty.toFixed(0))],
    ['the app is loaded', '', ...starts.map(({ app }) => app.toFixed(0))],
    ['difference', '15', ...starts.map(({ app, empty }) => (app - empty).toFixed(1))],
    ...answers.map((name) => [
      `first answer: ${name}`,
      '',
      ...starts.map((start) => (start.answers[name] ?? NaN).toFixed(0)),
    ]),
    [`entry ${kib(size.entry)}; all ${size.files} files ${kib(size.all)} of 2048 KiB`],
  ])
}

/** What the bundle loads when, and how much of it. */
export function loadedTable(parts: readonly LoadedPart[]): string {
  return table([
    ['packages', 'KiB', 'loaded with'],
    ...parts.map(({ name, bytes, packages }) => [
      packages.join(' ') || '(none)',
      (bytes / 1024).toFixed(0),
      name,
    ]),
  ])
}

/** What took longest by itself. */
export function profileTable(lines: readonly ProfileLine[]): string {
  return table([
    ['function', '% of CPU time'],
    ...lines.map(({ name, percent }) => [name, percent.toFixed(1)]),
  ])
}

/** Columns as wide as their widest cell; all but the first are flush right. A lone cell spans all. */
export function table(rows: readonly (readonly string[])[]): string {
  const full = rows.filter((row) => row.length > 1)
  const widths = full[0]!.map((_, column) => Math.max(...full.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row.length === 1
        ? row[0]!
        : row
            .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
            .join('  '),
    )
    .join('\n')
}
