import { type Azurite, startAzurite } from '../../../dev/azurite/start-azurite.ts'
import { forgetInstance } from '../instances.ts'
import type { Stack } from '../stack.ts'

/** Something that goes wrong for a while, and is put right again. */
export interface Trouble {
  readonly name: string
  begin(): Promise<void>
  end(): Promise<void>
}

/** What happens to instances, storage, provider and clocks, one after another. */
export function troubles(stack: Stack, directory: string): Trouble[] {
  let storage: Pick<Azurite, 'stop'> = stack.azurite
  const moveClocks = (seconds: number) =>
    Promise.all(
      stack.hosts.map((host, index) => host.moveClock((index % 2 === 0 ? 1 : -1) * seconds * 1000)),
    )
  return [
    {
      name: 'an instance is killed and another one takes its place',
      async begin() {
        const [last] = stack.hosts.slice(-1)
        last?.kill()
        if (last !== undefined) forgetInstance(stack, last)
      },
      end: async () => void (await stack.startInstance()),
    },
    {
      name: 'the storage goes away and comes back from disk',
      begin: () => storage.stop(),
      async end() {
        const { port } = stack.azurite
        storage = await startAzurite({ port, directory })
      },
    },
    {
      name: 'the provider refuses to answer',
      begin: () => stack.admin.down('unavailable'),
      end: () => stack.admin.up(),
    },
    {
      name: 'the provider breaks every connection',
      begin: () => stack.admin.down('drop'),
      end: () => stack.admin.up(),
    },
    {
      name: 'the clocks of the instances are two minutes off, each the other way',
      begin: async () => void (await moveClocks(120)),
      end: async () => void (await moveClocks(0)),
    },
  ]
}
