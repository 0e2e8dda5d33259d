import { join } from 'node:path'
import { projectRoot } from '../functions-host/project-root.ts'
import type { StartArguments } from '../../scripts/start-arguments.mjs'
import type { Cleanup } from './cleanup.ts'
import { wantedAddress, type WantedAddress } from './addresses-of-functions.ts'
import { clearSessions } from './clear-sessions.ts'
import { listenForKeys } from './keys.ts'
import { localSettingsFile, readLocalSettings, watchSettings } from './local-settings.ts'
import { keysText } from './ready-text.ts'
import { gatherSettings, type GatheredSettings } from './settings-sources.ts'
import { watchDev } from './watch-dev.ts'
import { openBrowser } from './open-browser.ts'
import type { Output } from './output.ts'
import { startPart } from './part-failure.ts'
import { createPortFinder, type PortFinder, wantedPorts } from './ports.ts'
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
  const gather = async (): Promise<GatheredSettings> =>
    gatherSettings(await readLocalSettings(root), process.env)
  const fix = `correct ${localSettingsFile} or the environment`
  const settings = await startPart('Settings', fix, gather)
  const address = await startPart('Settings', fix, async () => wantedAddress(args, settings.values))
  const port = await findPort(address, ports)
  const outdir = join(root, '.cache', `functions-${port}`)
  const watch = await startPart('Build', 'correct the source as the messages above say', () =>
    watchFunctions({ root, outdir }, () => onRebuilt()),
  )
  cleanup.add(() => watch.stop())
  for (const warning of settings.warnings) output.warning(warning)
  const stack = await startStack({
    root,
    appDirectory: outdir,
    ports,
    port,
    arguments: { ...args, https: address.https },
    ...(address.publicUrl === undefined ? {} : { publicUrl: address.publicUrl }),
    values: settings.values,
    cleanup,
    onRequest: (line) => {
      // Until then only this command itself asks whether all parts answer.
      if (ready) output.request(line)
    },
    onLog: (line) => output.log(line),
    onNotice: (message) => output.warning(message),
  })

  const prepare = async (): Promise<GatheredSettings> => {
    await watch.writeHostFiles()
    const next = await startPart('Settings', fix, gather)
    for (const warning of next.warnings) output.warning(warning)
    const moved = wantedAddress(args, next.values)
    if (moved.port !== address.port || moved.publicUrl !== address.publicUrl) {
      output.warning('PORT and PUBLIC_URL count at the next `npm start`.')
    }
    return next
  }
  const reload = createReload(stack, prepare, output)
  onRebuilt = () => void reload('The source changed')
  cleanup.add(watchSettings(root, (file) => void reload(`${file} changed`)))
  cleanup.add(
    watchDev(root, () => output.warning('dev/ changed: it counts at the next `npm start`.')),
  )
  const keys = process.stdin.isTTY && process.stdout.isTTY && !args.json
  ready = true
  const context = {
    seconds: (performance.now() - startedAt) / 1000,
    arguments: { ...args, https: address.https },
    settings,
    keys,
  }
  if (keys) {
    const help = (): void => output.notice(keysText(stack))
    cleanup.add(followKeys(stack, { output, quit, reload, help }))
  }
  output.ready(stack, context)
  if (args.open) await open(stack, output)
}

/** Another port will not do for whoever named one. */
async function findPort({ port, isExplicit }: WantedAddress, ports: PortFinder): Promise<number> {
  if (!isExplicit) return ports.find(port, 'the functions')
  return startPart('Functions', 'end what uses it, or name another with --port', () =>
    ports.take(port),
  )
}

type Reload = (reason: string) => Promise<void>

/** Sessions survive: they are in the tables, and only the functions start anew. */
function createReload(
  stack: Stack,
  prepare: () => Promise<GatheredSettings>,
  output: Output,
): Reload {
  let last = Promise.resolve()
  const reload = async (reason: string): Promise<void> => {
    try {
      const { values } = await prepare()
      const mistakes = await stack.reload(values)
      if (mistakes.length === 0) output.event(`${reason}: functions restarted.`)
      else output.warning(`${reason}, but is wrong, and the old functions run on:`)
      for (const mistake of mistakes) output.warning(`  ${mistake}`)
    } catch (error) {
      output.failure(error as Error)
    }
  }
  return (reason) => (last = last.then(() => reload(reason)))
}

function followKeys(
  stack: Stack,
  actions: { output: Output; quit: () => void; reload: Reload; help: () => void },
): () => void {
  const { output, quit, reload, help } = actions
  return listenForKeys(process.stdin, {
    r: () => void reload('Key r'),
    o: () => void open(stack, output),
    c: () => void clearSessions(stack, output),
    q: quit,
    '?': help,
  })
}

async function open(stack: Stack, output: Output): Promise<void> {
  const { publicUrl } = stack.addresses
  if (!(await openBrowser(publicUrl))) output.notice(`No browser to open: go to ${publicUrl}`)
}
