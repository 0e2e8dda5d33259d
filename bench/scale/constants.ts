/** A figure of the model and where it is from. */
export interface Constant {
  readonly value: number
  readonly unit: string
  readonly source: string
}

const targets = 'learn.microsoft.com/azure/storage/tables/scalability-targets'
const flex = 'learn.microsoft.com/azure/azure-functions/flex-consumption-plan'
const table = 'src/azure/table-stores.ts'

/** What the platform is said to do, and what this app asks of it. */
export const constants = {
  accountPerSecond: { value: 20_000, unit: 'operations/s of an account', source: targets },
  partitionPerSecond: { value: 2_000, unit: 'operations/s of a partition', source: targets },
  shardsPerAccount: { value: 16, unit: 'shards of an account', source: table },
  indexPartitions: { value: 256, unit: 'index partitions of an account', source: table },
  tryMs: { value: 3_000, unit: 'ms for one try', source: table },
  totalMs: { value: 8_000, unit: 'ms for all tries', source: table },
  maxRetries: { value: 2, unit: 'repetitions', source: table },
  backoffMs: { value: 150, unit: 'ms, doubled each time, full jitter', source: table },
  coresPerInstance: { value: 1, unit: 'cores at 2,048 MB', source: flex },
  maxInstances: { value: 1_000, unit: 'instances of an app', source: flex },
  storageMs: { value: 8, unit: 'ms, median of a call', source: 'assumed; see "How sure this is"' },
  providerMs: { value: 150, unit: 'ms of a token request', source: 'assumed' },
} as const satisfies Record<string, Constant>

/** The same as plain numbers, to be changed for a run on this machine. */
export type Figures = { readonly [Name in keyof typeof constants]: number }

/** The constants' values. */
export function figures(change: Partial<Figures> = {}): Figures {
  const values = Object.entries(constants).map(([name, { value }]) => [name, value] as const)
  return { ...(Object.fromEntries(values) as unknown as Figures), ...change }
}
