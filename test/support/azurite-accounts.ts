import { type Azurite, startAzurite } from '../../dev/azurite/start-azurite.ts'

/** More than the test files of a worker take together. */
const accounts = 512

let running: Promise<Azurite> | undefined
let leased = 0

/**
 * Storage accounts that nobody used before, in the one Azurite of this worker: a process is slow to
 * start, an account costs nothing. It ends with the worker; the tables of a lease stay until then.
 */
export async function leaseAccounts(count: number): Promise<Azurite> {
  running ??= startAzurite({ accounts })
  const azurite = await running
  const connectionStrings = azurite.connectionStrings.slice(leased, leased + count)
  leased += count
  if (connectionStrings.length < count) throw new Error('all accounts of this worker are leased')
  return {
    ...azurite,
    connectionString: connectionStrings[0]!,
    connectionStrings,
    stop: async () => {},
    kill: () => {
      throw new Error('other tests use this Azurite: start the stack with ownAzurite')
    },
  }
}
