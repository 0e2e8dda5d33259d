import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startAzurite } from '../azurite/start-azurite.ts'
import { startDemoApp } from '../demo-app/demo-app.ts'
import { startFunctionsHost, type FunctionsHost } from '../functions-host/functions-host.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { certificateFolder, localCertificate, type TlsFiles } from './certificate.ts'
import { startEmulators } from './emulators.ts'
import { functionsEnvironment, type StackAddresses } from './environment.ts'
import { settingsFix } from './local-settings.ts'
import { startPart } from './part-failure.ts'
import { wantedPorts } from './ports.ts'
import { probe } from './probe.ts'
import type { StackOptions } from './stack-options.ts'

/** The parts as they run, led by the functions. */
export interface Stack {
  readonly host: FunctionsHost
  readonly addresses: StackAddresses
  /** What the functions have as `TABLES_ENDPOINT` now. */
  tablesEndpoint(): string
  /** Starts the functions anew with these settings; returns the mistakes that keep it from doing so. */
  reload(values: Readonly<Record<string, string>>): Promise<readonly string[]>
}

/** Starts every part and returns when all of them answer. Rejects with a PartFailure. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, port, cleanup, values } = options
  const tls = options.arguments.https
    ? await startPart('https', `delete ${certificateFolder} and start again`, () =>
        localCertificate(join(root, certificateFolder)),
      )
    : undefined
  const publicUrl = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`

  const tables = await startTables(options)
  const emulated = options.arguments.entra
    ? undefined
    : await startEmulators(options, publicUrl, tls)
  const demoApp = await startPart('Demo app', 'see the error above', () =>
    startDemoApp(emulated === undefined ? {} : { entraUrl: emulated.entraOrigin }),
  )
  cleanup.add(() => demoApp.stop())
  await startPart('Demo app', 'see the error above', () => probe(`${demoApp.origin}/`, 200))

  const addresses: StackAddresses = {
    publicUrl,
    tables,
    sessionKey: randomBytes(32).toString('base64url'),
    ...(emulated === undefined ? {} : { emulated }),
  }
  let env = functionsEnvironment(addresses, values)
  const host = await startFunctions(options, { env, fallbackOrigin: demoApp.origin, tls })
  return {
    host,
    addresses,
    tablesEndpoint: () => env['TABLES_ENDPOINT'] ?? tables,
    reload: async (changed) => {
      const next = functionsEnvironment(addresses, changed)
      const { mistakes = [] } = readSettings(next)
      if (mistakes.length > 0) return mistakes
      await host.reload(next)
      env = next
      return []
    },
  }
}

async function startTables(options: StackOptions): Promise<string> {
  const fix = 'run `npm ci`; with --persist, delete .local/tables'
  return startPart('Tables (Azurite)', fix, async () => {
    const azurite = await startAzurite({
      port: await options.ports.find(wantedPorts.tables, 'Azurite'),
      ...(options.arguments.persist ? { directory: join(options.root, '.local/tables') } : {}),
    })
    options.cleanup.add(() => azurite.stop())
    // Without a signature the answer is a refusal, which is an answer.
    await probe(`http://127.0.0.1:${azurite.port}/devstoreaccount1/Tables`, 403)
    return azurite.connectionString
  })
}

async function startFunctions(
  options: StackOptions,
  functions: {
    env: Record<string, string>
    fallbackOrigin: string
    tls: TlsFiles | undefined
  },
): Promise<FunctionsHost> {
  const { tls, ...rest } = functions
  await startPart('Settings', settingsFix(options.root), () => {
    const { mistakes } = readSettings(functions.env)
    return mistakes === undefined
      ? Promise.resolve()
      : Promise.reject(new Error(`\n${mistakes.map((mistake) => `    ${mistake}`).join('\n')}`))
  })
  return startPart('Functions', 'see the checks and log lines above', async () => {
    const host = await startFunctionsHost({
      ...rest,
      ...(tls === undefined ? {} : { tls }),
      appDirectory: options.appDirectory,
      port: options.port,
      timers: true,
      onLog: options.onLog,
      onRequest: options.onRequest,
    })
    options.cleanup.add(() => host.stop())
    await probe(`${host.origin}/health/ready`, 200, tls?.cert)
    return host
  })
}
