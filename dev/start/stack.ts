import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { startDemoApp } from '../demo-app/demo-app.ts'
import { startFunctionsHost, type FunctionsHost } from '../functions-host/functions-host.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { certificateFolder, localCertificate, type TlsFiles } from './certificate.ts'
import { startEmulators } from './emulators.ts'
import { functionsEnvironment, type StackAddresses } from './environment.ts'
import { settingsFix } from './local-settings.ts'
import { failurePage } from './failure-page.ts'
import { prepareKeptFolders, prepareTenantFolder } from './kept-folder.ts'
import { PartFailure, startPart } from './part-failure.ts'
import { probe } from './probe.ts'
import { readinessText } from './readiness-text.ts'
import type { StackOptions } from './stack-options.ts'
import { startTables } from './tables.ts'

/** The parts as they run, led by the functions. */
export interface Stack {
  readonly host: FunctionsHost
  readonly addresses: StackAddresses
  /** What `--persist` brought back; undefined without it. */
  readonly kept: KeptThings | undefined
  /** Process id of Azurite, or 0 while it does not run. */
  tablesProcess(): number
  /** What the functions have as `TABLES_ENDPOINT` now. */
  tablesEndpoint(): string
  /**
   * Starts the functions anew with these settings, and Azurite where it is gone; returns the mistakes
   * that keep it from doing so. Rejects with a PartFailure where the functions cannot be loaded.
   */
  reload(values: Readonly<Record<string, string>>): Promise<readonly string[]>
}

/** How much the last start left. */
export interface KeptThings {
  readonly sessions: number
  readonly signedInToEntra: number
  readonly wasIncomplete: boolean
}

/** Starts every part and returns when all of them answer. Rejects with a PartFailure. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, port, cleanup, values } = options
  const tls = options.arguments.https
    ? await startPart('https', `delete ${certificateFolder} and start again`, () =>
        localCertificate(join(root, certificateFolder)),
      )
    : undefined
  const ownUrl = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`
  const publicUrl = options.publicUrl ?? ownUrl

  const { persist, entra } = options.arguments
  const folders = persist && !entra ? await prepareKeptFolders(root) : undefined
  const tenant = persist && entra ? await prepareTenantFolder(root) : undefined
  const tables = await startTables(options, folders?.tables ?? tenant?.tables)
  const { emulated, signedInToEntra = 0 } = entra
    ? {}
    : await startEmulators(options, { publicUrl, tls, kept: folders })
  const demoApp = await startPart('Demo app', 'see the error above', () =>
    startDemoApp(emulated === undefined ? {} : { entraUrl: emulated.entraOrigin }),
  )
  cleanup.add(() => demoApp.stop())
  await startPart('Demo app', 'see the error above', () => probe(`${demoApp.origin}/`, 200))

  const addresses: StackAddresses = {
    publicUrl,
    tables: tables.connectionString,
    sessionKey: tenant?.sessionKey ?? randomBytes(32).toString('base64url'),
    ...(emulated === undefined ? {} : { emulated }),
  }
  let env = functionsEnvironment(addresses, values)
  const host = await startFunctions(options, { env, fallbackOrigin: demoApp.origin, tls })
  return {
    host,
    addresses,
    kept: persist
      ? {
          sessions: tables.keptSessions,
          signedInToEntra,
          wasIncomplete: folders?.wasIncomplete ?? false,
        }
      : undefined,
    tablesProcess: () => tables.pid(),
    tablesEndpoint: () => env['TABLES_ENDPOINT'] ?? tables.connectionString,
    reload: async (changed) => {
      const next = functionsEnvironment(addresses, changed)
      const { mistakes = [] } = readSettings(next)
      if (mistakes.length > 0) return mistakes
      await tables.revive()
      await host.reload(next)
      env = next
      refuseUnloaded(host)
      return []
    },
  }
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
      failurePage,
      ...(tls === undefined ? {} : { tls }),
      appDirectory: options.appDirectory,
      port: options.port,
      timers: true,
      onLog: options.onLog,
      onRequest: options.onRequest,
    })
    options.cleanup.add(() => host.stop())
    refuseUnloaded(host)
    const authority = functions.env['ENTRA_AUTHORITY_HOST'] ?? 'https://login.microsoftonline.com'
    await probe(`${host.origin}/health/ready`, 200, {
      ca: tls?.cert,
      explain: (body) => readinessText(body, { authority }),
    })
    return host
  })
}

function refuseUnloaded(host: FunctionsHost): void {
  const failure = host.failure()
  if (failure === undefined) return
  const fix = 'correct the source; browsers see this error until then'
  throw new PartFailure('Functions', fix, new Error(`could not be loaded: ${failure.reason}`))
}
