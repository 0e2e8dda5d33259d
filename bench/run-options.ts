import { parseArgs } from 'node:util'
import type { Operation } from './measure.ts'

/** How `npm run bench` was called. */
export interface RunOptions {
  readonly peers: boolean
  readonly coldStart: boolean
  readonly cpu: boolean
  /** Prints where the CPU time of an operation goes; empty for none. */
  readonly profile: Operation | ''
  readonly rounds: number
  /** Milliseconds of each measurement. */
  readonly ms: number
  /** Names of the builds of this app that are measured: `now`, and what `--against` built. */
  readonly builds: readonly string[]
  readonly json: string
}

/** Reads the arguments; scripts/bench.mjs has added the builds. */
export function readRunOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'no-peers': { type: 'boolean', default: false },
      'no-cold-start': { type: 'boolean', default: false },
      'no-cpu': { type: 'boolean', default: false },
      'all-nodes': { type: 'boolean', default: false },
      against: { type: 'string', multiple: true, default: [] },
      profile: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      ms: { type: 'string', default: '1000' },
      json: { type: 'string', default: '.cache/bench/result.json' },
    },
  })
  return {
    peers: !values['no-peers'],
    coldStart: !values['no-cold-start'],
    cpu: !values['no-cpu'],
    profile: values.profile as Operation | '',
    rounds: Number(values.rounds),
    ms: Number(values.ms),
    builds: ['now', ...values.against],
    json: values.json,
  }
}
