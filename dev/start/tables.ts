import { TableServiceClient, TableClient } from '@azure/data-tables'
import { startAzurite, type Azurite } from '../azurite/start-azurite.ts'
import { startPart } from './part-failure.ts'
import { wantedPorts } from './ports.ts'
import { probe } from './probe.ts'
import type { StackOptions } from './stack-options.ts'

/** The Azurite of the stack. */
export interface Tables {
  readonly connectionString: string
  /** Sessions that were there when it started. */
  readonly keptSessions: number
  /** Of its process; 0 while there is none. */
  pid(): number
  /** Starts it again where it is gone for good; otherwise does nothing. */
  revive(): Promise<void>
}

const part = 'Tables (Azurite)'
/** How soon after its start a process must have died for the next one not to be started by itself. */
const crashLoopMs = 10_000

/** Starts Azurite, and starts it again on the same port whenever its process dies. */
export async function startTables(options: StackOptions, directory?: string): Promise<Tables> {
  const fix = 'run `npm ci`; with --persist, delete .local/tables'
  const kept = directory === undefined ? {} : { directory }
  const wanted = await options.ports.find(wantedPorts.tables, 'Azurite')
  let current: Azurite | undefined
  let ending = false
  options.cleanup.add(async () => {
    ending = true
    await current?.stop()
  })
  const start = async (port: number): Promise<Azurite> => {
    const azurite = await startAzurite({ port, ...kept })
    current = azurite
    if (ending) await azurite.stop()
    const startedAt = performance.now()
    void azurite.ended.then((how) =>
      ending ? undefined : comeBack(how, performance.now() - startedAt),
    )
    return azurite
  }
  const first = await startPart(part, fix, async () => {
    const azurite = await start(wanted)
    // Without a signature the answer is a refusal, which is an answer.
    await probe(`http://127.0.0.1:${azurite.port}/devstoreaccount1/Tables`, 403)
    return azurite
  })

  const restart = async (): Promise<void> => {
    try {
      await start(first.port)
      const what = directory === undefined ? 'everybody is signed out' : 'nothing is lost'
      options.onNotice?.(`${part} runs again; ${what}.`)
    } catch (error) {
      options.onNotice?.(`${part} does not start: ${(error as Error).message}. ${tryAgain}`)
    }
  }
  const tryAgain = 'Press r to try once more.'
  async function comeBack(how: string, livedMs: number): Promise<void> {
    current = undefined
    if (livedMs < crashLoopMs) {
      return options.onNotice?.(`${part} ended again (${how}). ${tryAgain}`)
    }
    options.onNotice?.(`${part} ended (${how}); it is started again.`)
    await restart()
  }
  const { connectionString } = first
  return {
    connectionString,
    keptSessions: directory === undefined ? 0 : await countSessions(connectionString),
    pid: () => current?.pid ?? 0,
    revive: async () => {
      if (current === undefined) await restart()
    },
  }
}

async function countSessions(connectionString: string): Promise<number> {
  const insecure = { allowInsecureConnection: true }
  const service = TableServiceClient.fromConnectionString(connectionString, insecure)
  let count = 0
  for await (const { name } of service.listTables()) {
    if (name !== 'sessions') continue
    const table = TableClient.fromConnectionString(connectionString, name, insecure)
    for await (const _ of table.listEntities({ queryOptions: { select: ['RowKey'] } })) count += 1
  }
  return count
}
