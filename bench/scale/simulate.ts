import type { Figures } from './constants.ts'
import { createEventQueue, type EventQueue } from './event-queue.ts'
import { createRandom } from './random.ts'
import { type RequestName, type Step, steps } from './requests.ts'
import {
  createStorageModel,
  type StorageModel,
  type TableName,
  type Trouble,
} from './storage-model.ts'
import { createTally, type Outcome, type Tally } from './tally.ts'

/** What is simulated. */
export interface Scenario {
  readonly figures: Figures
  readonly instances: number
  /** One entry for each storage account. */
  readonly accounts: readonly Trouble[]
  /** Journeys that begin each second, at random times. */
  readonly perSecond: number
  /** What each of them does; the next request comes at once. */
  readonly journey: readonly RequestName[]
  /** CPU-ms of each request. */
  readonly cpuMs: Readonly<Record<RequestName, number>>
  readonly seconds: number
  /** Share of journeys that belong to one session. */
  readonly hotShare?: number
}

/** Where the rows of a journey lie: all sessions begin, and so end, within one hour. */
interface Place {
  readonly account: number
  readonly shard: number
}

interface World {
  readonly scenario: Scenario
  readonly queue: EventQueue
  readonly random: () => number
  readonly storage: StorageModel
  readonly tally: Tally
  /** When each instance has done what it was given, in ms. */
  readonly freeAt: number[]
}

/** Runs a scenario. The same one gives the same figures. */
export function simulate(scenario: Scenario): Outcome {
  const { figures, seconds, accounts, instances } = scenario
  const queue = createEventQueue()
  const random = createRandom(42)
  const storage = createStorageModel(queue, random, figures, accounts)
  const tally = createTally(queue.now, seconds * 500, seconds * 1000)
  const freeAt = Array.from({ length: instances }, () => 0)
  const world: World = { scenario, queue, random, storage, tally, freeAt }
  const arrive = () => {
    travel(world, placeOf(world), 0)
    queue.after((-Math.log(1 - random()) * 1000) / scenario.perSecond, arrive)
  }
  arrive()
  queue.runUntil(seconds * 1000)
  const busiest = (storage.partitions()[0]?.[1] ?? 0) / seconds
  return tally.outcome(instances * figures.coresPerInstance, busiest)
}

function placeOf({ scenario, random }: World): Place {
  if (random() < (scenario.hotShare ?? 0)) return { account: 0, shard: 0 }
  return {
    account: Math.floor(random() * scenario.accounts.length),
    shard: Math.floor(random() * scenario.figures.shardsPerAccount),
  }
}

/** A journey ends with its first request that fails. */
function travel(world: World, at: Place, index: number): void {
  const name = world.scenario.journey[index]
  if (name === undefined) return world.tally.journey(true)
  request(world, name, at, (ok) => {
    if (ok) travel(world, at, index + 1)
    else world.tally.journey(false)
  })
}

/** CPU time before each step and after the last, on an instance that does one thing at a time. */
function request(world: World, name: RequestName, at: Place, done: (ok: boolean) => void): void {
  const { scenario, queue, tally, random } = world
  const instance = Math.floor(random() * scenario.instances)
  const startedAt = queue.now()
  const all = steps[name]
  const cpuMs = scenario.cpuMs[name] / (all.length + 1)
  const end = (ok: boolean) => {
    tally.waiting(-1)
    tally.request(queue.now() - startedAt, ok, scenario.accounts[at.account] !== 'none')
    done(ok)
  }
  const next = (index: number): void =>
    compute(world, instance, cpuMs, () => {
      const step = all[index]
      if (step === undefined) end(true)
      else wait(world, step, at, (ok) => (ok ? next(index + 1) : end(false)))
    })
  tally.waiting(1)
  next(0)
}

function compute(world: World, instance: number, ms: number, then: () => void): void {
  const { queue, freeAt, tally, scenario } = world
  const start = Math.max(queue.now(), freeAt[instance] ?? 0)
  const end = start + ms / scenario.figures.coresPerInstance
  freeAt[instance] = end
  tally.cpu(ms)
  queue.after(end - queue.now(), then)
}

function wait(world: World, step: Step, at: Place, then: (ok: boolean) => void): void {
  const { queue, storage, scenario } = world
  if (step === 'provider') return queue.after(scenario.figures.providerMs, () => then(true))
  let left = step.length
  let all = true
  for (const table of step)
    storage.call(at.account, table, partitionOf(world, table, at), (ok) => {
      all &&= ok
      left--
      if (left === 0) then(all)
    })
}

function partitionOf({ random, scenario }: World, table: TableName, { shard }: Place): string {
  return table === 'sessionIndex'
    ? String(Math.floor(random() * scenario.figures.indexPartitions))
    : String(shard)
}
