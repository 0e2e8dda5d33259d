import { callsOf, type Figures, type Operation, operations } from './measure.ts'
import { lowerQuartile, median } from './median.ts'
import type { Party } from './parties.ts'

/** Rounds of every operation of one party. */
export type Rounds = Readonly<Record<Operation, readonly Figures[]>>

/** What was measured of one party. */
export interface PartyResult {
  readonly name: string
  /** CPU-ms of the whole process for each operation. */
  readonly cpuMs: Readonly<Partial<Record<Operation, number>>>
  /** The same beyond an empty function for each call; only what runs under the worker has it. */
  readonly beyondEmpty?: Readonly<Partial<Record<Operation, number>>>
  /** CPU time over that of the first party in the same round, median of rounds. */
  readonly ofFirst: Readonly<Partial<Record<Operation, number>>>
  readonly perSecond: Readonly<Partial<Record<Operation, number>>>
  readonly rss: number
}

/** One figure for each operation of a party, from its rounds and those of the first party. */
export function resultOf(
  { name, inWorker }: Party,
  rounds: Rounds,
  first: Rounds,
  rss: number,
): PartyResult {
  const all = Object.keys(rounds) as Operation[]
  const each = (figureOf: (operation: Operation) => number) =>
    Object.fromEntries(all.map((operation) => [operation, figureOf(operation)]))
  const cpuMs: Partial<Record<Operation, number>> = each((operation) =>
    lowerQuartile(rounds[operation].map((one) => one.cpuMs)),
  )
  const ofFirst = (operation: Operation) =>
    median(rounds[operation].map(({ cpuMs }, at) => cpuMs / (first[operation]?.[at]?.cpuMs ?? NaN)))
  const beyond = (operation: Operation) =>
    (cpuMs[operation] ?? NaN) - (cpuMs.empty ?? NaN) * callsOf(operation)
  return {
    name,
    cpuMs,
    ofFirst: each(ofFirst),
    perSecond: each((operation) => median(rounds[operation].map((one) => one.perSecond))),
    rss,
    ...(inWorker && {
      beyondEmpty: Object.fromEntries(
        [...operations, 'read' as const].map((operation) => [operation, beyond(operation)]),
      ),
    }),
  }
}
