import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from '../functions-host/project-root.ts'
import type { StartArguments } from './arguments.ts'
import type { Cleanup } from './cleanup.ts'
import { clearSessions } from './clear-sessions.ts'
import { listenForKeys } from './keys.ts'
import { localSettingsFile, readLocalSettings, watchSettings } from './local-settings.ts'
import { openBrowser } from './open-browser.ts'
import type { Output } from './output.ts'
import { startPart } from './part-failure.ts'
import { createPortFinder, wantedPorts } from './ports.ts'
import { startStack, type Stack } from './stack.ts'
import { watchFunctions } from './watch-functions.ts'

/** Starts the local stack, says when it is ready, and follows changes and keys from then on. */
export async function run(
  args: StartArguments,
  output: Output,
  { cleanup, quit }: { cleanup: Cleanup; quit: () => void },
): Promise<void> {
  const startedAt = performance.now()
  const root = projectRoot()
  let onRebuilt: () => void = () => undefined
  let ready = false
  const ports = createPortFinder(Object.values(wantedPorts), (message) => output.notice(message))
  const port = await ports.find(wantedPorts.functions, 'the functions')
  const outdir = join(root, '.cache', `functions-${port}`)
  const watch = await startPart('Build', 'correct the source as the messages above say', () =>
    watchFunctions({ root, outdir }, () => onRebuilt()),
  )
  cleanup.add(() => watch.stop())
  const readValues = (): Promise<Record<string, string>> =>
    startPart('Settings', `correct ${localSettingsFile}`, () => readLocalSettings(root))
  const stack = await startStack({
    root,
    appDirectory: outdir,
    ports,
    port,
    arguments: args,
    values: await readValues(),
    cleanup,
    onRequest: (line) => {
      // Until then only this command itself asks whether all parts answer.
      if (ready) output.request(line)
    },
    onLog: (line) => output.log(line),
  })

  const prepare = async (): Promise<Record<string, string>> => {
    await watch.writeHostFiles()
    return readValues()
  }
  const reload = createReload(stack, prepare, output)
  onRebuilt = () => void reload('The source changed')
  cleanup.add(watchSettings(root, (file) => void reload(`${file} changed`)))
  const keys = process.stdin.isTTY && process.stdout.isTTY && !args.json
  if (keys) cleanup.add(followKeys(stack, { output, quit, reload }))
  ready = true
  output.ready(stack, {
    seconds: (performance.now() - startedAt) / 1000,
    arguments: args,
    hasLocalSettings: existsSync(join(root, localSettingsFile)),
    keys,
  })
  if (args.open) await open(stack, output)
}

type Reload = (reason: string) => Promise<void>

/** Sessions survive: they are in the tables, and only the functions start anew. */
function createReload(
  stack: Stack,
  prepare: () => Promise<Record<string, string>>,
  output: Output,
): Reload {
  let last = Promise.resolve()
  const reload = async (reason: string): Promise<void> => {
    try {
      const mistakes = await stack.reload(await prepare())
      if (mistakes.length === 0) output.notice(`${reason}: functions restarted.`)
      else output.notice(`${reason}, but is wrong, and the old functions run on:`)
      for (const mistake of mistakes) output.notice(`  ${mistake}`)
    } catch (error) {
      output.failure(error as Error)
    }
  }
  return (reason) => (last = last.then(() => reload(reason)))
}

function followKeys(
  stack: Stack,
  { output, quit, reload }: { output: Output; quit: () => void; reload: Reload },
): () => void {
  return listenForKeys(process.stdin, {
    r: () => void reload('Key r'),
    o: () => void open(stack, output),
    c: () => void clearSessions(stack, output),
    q: quit,
  })
}

async function open(stack: Stack, output: Output): Promise<void> {
  const { publicUrl } = stack.addresses
  if (!(await openBrowser(publicUrl))) output.notice(`No browser to open: go to ${publicUrl}`)
}
