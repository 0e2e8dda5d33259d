import { Agent } from 'node:http'
import type { BenchStack } from './bench-stack.ts'
import { type Figures, measure, type Operation, operations, usageOf } from './measure.ts'
import type { Party } from './parties.ts'
import type { ProfileLine } from './profile.ts'
import { type PartyResult, resultOf } from './result.ts'
import { createVirtualUser, type VirtualUser } from './virtual-user.ts'

const userCount = 8
const warmUp = { ms: 2_000, count: 400 }

/**
 * Measures all parties in one interleaved run: every operation in turn for each of them, so that what
 * else the machine does strikes all alike.
 */
export async function measureCpu(
  stack: BenchStack,
  parties: readonly Party[],
  bounds: { readonly rounds: number; readonly ms: number; readonly count: number },
): Promise<PartyResult[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: userCount * parties.length })
  try {
    const measured = await Promise.all(parties.map((party) => prepare(party, stack, agent)))
    for (const { party, users, rounds } of measured)
      for (const operation of operationsOf(rounds)) await measure(operation, party, users, warmUp)
    for (let round = 0; round < bounds.rounds; round++)
      for (const operation of ['empty', 'read', ...operations] as const)
        for (const { party, users, rounds } of measured)
          if (operation in rounds)
            rounds[operation].push(await measure(operation, party, users, bounds))
    return await Promise.all(
      measured.map(async ({ party, rounds }) =>
        resultOf(party, rounds, measured[0]!.rounds, (await usageOf(party)).rss),
      ),
    )
  } finally {
    agent.destroy()
  }
}

/** Where the CPU time of an operation goes in the functions' process. */
export async function profile(
  operation: Operation,
  stack: BenchStack,
  party: Party,
): Promise<ProfileLine[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: userCount })
  try {
    const { users } = await prepare(party, stack, agent)
    await measure(operation, party, users, warmUp)
    await fetch(`${party.origin}/bench/profile`, { method: 'POST' })
    await measure(operation, party, users, { ms: 8_000, count: 4_000 })
    const answer = await fetch(`${party.origin}/bench/profile`, { method: 'DELETE' })
    return (await answer.json()) as ProfileLine[]
  } finally {
    agent.destroy()
  }
}

interface Measured {
  readonly party: Party
  readonly users: readonly VirtualUser[]
  readonly rounds: Record<Operation, Figures[]>
}

async function prepare(party: Party, stack: BenchStack, agent: Agent): Promise<Measured> {
  if (party.inWorker) await fetch(`${party.origin}/bench/prepare`)
  const users = await Promise.all(
    Array.from({ length: userCount }, () => createVirtualUser(party, stack.entra.origin, agent)),
  )
  const names = party.inWorker ? (['empty', 'read', ...operations] as const) : operations
  const rounds = Object.fromEntries(
    names.map((name) => [name, []]),
  ) as unknown as Measured['rounds']
  return { party, users, rounds }
}

function operationsOf(rounds: Measured['rounds']): Operation[] {
  return Object.keys(rounds) as Operation[]
}
