import { readStartArguments } from '../scripts/start-arguments.mjs'
import { createCleanup } from './start/cleanup.ts'
import { followParent } from './start/follow-parent.ts'
import { createJsonOutput } from './start/json-output.ts'
import { run } from './start/run.ts'
import { createTextOutput } from './start/text-output.ts'

/** `npm start`: the whole local stack in one process and its children. Nothing outlives it. */
async function main(): Promise<void> {
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`)
  }
  const json = process.argv.includes('--json')
  const colors = process.stdout.isTTY && process.env['NO_COLOR'] === undefined
  const output = json
    ? createJsonOutput(write)
    : createTextOutput(write, { colors, columns: () => process.stdout.columns ?? 0 })
  const cleanup = createCleanup()
  let quitting = false
  const end = async (exitCode: number): Promise<void> => {
    // Whoever asks twice is in a hurry; children end with this process anyway.
    if (quitting) process.exit(1)
    quitting = true
    await cleanup.run()
    process.exit(exitCode)
  }
  const quit = (): void => void end(0)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, quit)
  if (process.env['npm_lifecycle_event'] !== undefined) cleanup.add(followParent(quit))
  // Whoever read the output is gone. The command that started this file ends it at once; not any more.
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error')
    stream.on('error', quit)
  }

  try {
    await run(readStartArguments(process.argv.slice(2)), output, { cleanup, quit })
  } catch (error) {
    if (quitting) return
    output.failure(error as Error)
    await end(1)
  }
}

await main()
