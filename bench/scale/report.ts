import { table } from '../report.ts'
import type { Check } from './check.ts'
import { constants, figures } from './constants.ts'
import { costOfMillion } from './cost.ts'
import { growthByHour } from './growth.ts'
import { callsOf, fullSignIn } from './requests.ts'
import type { Capacity, Incident } from './scenarios.ts'
import { sweep, sweepablePerSecond } from './sweeping.ts'

const whole = (value: number) => Math.round(value).toLocaleString('en-US')
const percent = (share: number) => `${(share * 100).toFixed(1)} %`

/** The model's constants. */
export function constantsTable(): string {
  const rows = Object.values(constants).map(({ value, unit, source }) => [
    unit,
    whole(value),
    source,
  ])
  return table([['constant', 'value', 'from'], ...rows])
}

/** What is carried by how many accounts, and the instances that it takes. */
export function capacityTable(rows: readonly Capacity[]): string {
  return table([
    ['accounts', 'full sign-ins/s', 'API calls/s', 'instances', 'busiest partition/s', 'p99 ms'],
    ...rows.map((row) => [
      String(row.accounts),
      whole(row.signInsPerSecond),
      whole(row.apiCallsPerSecond),
      whole(row.instances),
      whole(row.busiestPartition),
      whole(row.p99Ms),
    ]),
  ])
}

/** What goes wrong, and what it does to requests. */
export function incidentTable(rows: readonly Incident[]): string {
  return table([
    [
      'incident',
      'lost',
      'failed elsewhere',
      'p50 ms',
      'p99 ms',
      'waiting at most',
      'a partition/s',
    ],
    ...rows.map(({ name, outcome }) => [
      name,
      percent(outcome.failedShare),
      whole(outcome.failedElsewhere),
      whole(outcome.p50Ms),
      whole(outcome.p99Ms),
      whole(outcome.waitingMost),
      whole(outcome.busiestPartition),
    ]),
  ])
}

/** Two accounts become four: how fast the old ones are relieved. */
export function growthTable(): string {
  const growth = { oldAccounts: 2, newAccounts: 2, halfLifeHours: 2, absoluteHours: 12 }
  const open = growthByHour({ ...growth, draining: false })
  const draining = growthByHour({ ...growth, draining: true })
  return table([
    [
      'hours after',
      'old: sessions',
      'old: operations',
      'draining: sessions',
      'draining: operations',
    ],
    ...[0, 1, 2, 4, 8, 12].map((hour) => [
      String(hour),
      percent(open[hour]!.oldSessions),
      percent(open[hour]!.oldOperations),
      percent(draining[hour]!.oldSessions),
      percent(draining[hour]!.oldOperations),
    ]),
  ])
}

/** Whether the sweep keeps up with sessions that nobody signs out of. */
export function sweepText(): string {
  const perSecond = sweepablePerSecond(figures())
  const most = figures().accountPerSecond / callsOf(fullSignIn)
  return [
    `One account's sweep, ${sweep.budgetSeconds} s of every ${sweep.everySeconds}, deletes what`,
    `${whole(perSecond)} sign-ins/s leave behind that never sign out; the account itself carries`,
    `${whole(most)} sign-ins/s for as long as they last.`,
  ].join('\n')
}

/** Dollars for a million sign-ins. */
export function costTable(busySeconds: number): string {
  const costs = costOfMillion({
    storageCalls: callsOf(fullSignIn),
    executions: fullSignIn.length,
    busySeconds,
    instanceGigabytes: 2,
    logBytes: 5 * 700,
  })
  const total = Object.values(costs).reduce((sum, each) => sum + each, 0)
  return table([
    ['a million full sign-ins', 'US dollars'],
    ...Object.entries(costs).map(([name, dollars]) => [name, dollars.toFixed(2)]),
    ['together', total.toFixed(2)],
  ])
}

/** Predictions beside runs on this machine. */
export function checkTable({ rows, callsPerSignIn, storageMs }: Check): string {
  const errors = rows.map(
    ({ predicted, measured }) =>
      Math.abs(predicted.perSecond - measured.perSecond) / measured.perSecond,
  )
  return `${table([
    [
      'instances × accounts',
      'offered/s',
      'predicted/s',
      'measured/s',
      'error',
      'failed, predicted',
      'failed, measured',
    ],
    ...rows.map(({ instances, accounts, offered, predicted, measured }, at) => [
      `${instances} × ${accounts}`,
      offered.toFixed(1),
      predicted.perSecond.toFixed(1),
      measured.perSecond.toFixed(1),
      percent(errors[at]!),
      percent(predicted.failedShare),
      percent(measured.failedShare),
    ]),
  ])}\n
Counted: ${callsPerSignIn.toFixed(1)} storage operations of a full sign-in, ${callsOf(fullSignIn)} in the model;
${storageMs.toFixed(1)} ms of a call here. Largest error of a rate: ${percent(Math.max(...errors))}.`
}
