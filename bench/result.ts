import { callsOf, type Figures, type Operation, operations } from './measure.ts'
import { median } from './median.ts'
import type { Party } from './parties.ts'

/** Rounds of every operation of one party. */
export type Rounds = Readonly<Record<Operation, readonly Figures[]>>

/** Medians of one party. */
export interface PartyResult {
  readonly name: string
  /** CPU-ms of the whole process for each operation. */
  readonly cpuMs: Readonly<Partial<Record<Operation, number>>>
  /** The same beyond an empty function for each call; only what runs under the worker has it. */
  readonly beyondEmpty?: Readonly<Partial<Record<Operation, number>>>
  readonly perSecond: Readonly<Partial<Record<Operation, number>>>
  readonly rss: number
}

/** The medians of a party's rounds. */
export function resultOf({ name, inWorker }: Party, rounds: Rounds, rss: number): PartyResult {
  const all = Object.keys(rounds) as Operation[]
  const medians = (figure: 'cpuMs' | 'perSecond') =>
    Object.fromEntries(all.map((each) => [each, median(rounds[each].map((one) => one[figure]))]))
  const cpuMs: Partial<Record<Operation, number>> = medians('cpuMs')
  const beyond = (operation: Operation) =>
    (cpuMs[operation] ?? NaN) - (cpuMs.empty ?? NaN) * callsOf(operation)
  return {
    name,
    cpuMs,
    perSecond: medians('perSecond'),
    rss,
    ...(inWorker && {
      beyondEmpty: Object.fromEntries(
        [...operations, 'read' as const].map((operation) => [operation, beyond(operation)]),
      ),
    }),
  }
}
