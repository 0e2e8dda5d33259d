/** US dollars in East US without taxes and free grants, as published; check before you rely on them. */
const prices = {
  /** azure.microsoft.com/pricing/details/storage/tables: a million operations, LRS. */
  storageMillion: 0.036,
  /** azure.microsoft.com/pricing/details/functions: Flex Consumption, on demand. */
  gigabyteSecond: 0.000026,
  executionsMillion: 0.4,
  /** azure.microsoft.com/pricing/details/monitor: a GB of logs. */
  logGigabyte: 2.3,
} as const

/** What a million sign-ins take. */
export interface Use {
  readonly storageCalls: number
  readonly executions: number
  /** Seconds for which an instance is busy with requests, per sign-in. */
  readonly busySeconds: number
  readonly instanceGigabytes: number
  readonly logBytes: number
}

/** Dollars for a million sign-ins, by what they are for. */
export function costOfMillion(use: Use): Readonly<Record<string, number>> {
  return {
    'Table Storage operations': use.storageCalls * prices.storageMillion,
    'Functions executions': use.executions * prices.executionsMillion,
    'Functions GB-seconds': use.busySeconds * use.instanceGigabytes * prices.gigabyteSecond * 1e6,
    'logs ingested': (use.logBytes / 1e9) * prices.logGigabyte * 1e6,
  }
}
