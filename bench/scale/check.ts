import { join } from 'node:path'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { startBenchStack } from '../bench-stack.ts'
import { figures } from './constants.ts'
import { callsOf, fullSignIn, type RequestName } from './requests.ts'
import { runForReal } from './real-run.ts'
import { simulate } from './simulate.ts'
import { startThrottleProxy } from './throttle-proxy.ts'

/** Accounts of this check take so many operations a second: little enough for one machine. */
const limitPerSecond = 70
const seconds = 24

/** A prediction beside what a run on this machine came to. */
export interface Checked {
  readonly instances: number
  readonly accounts: number
  readonly offered: number
  readonly predicted: { readonly perSecond: number; readonly failedShare: number }
  readonly measured: { readonly perSecond: number; readonly failedShare: number }
}

/** What the runs told of the model's constants. */
export interface Check {
  readonly rows: readonly Checked[]
  readonly callsPerSignIn: number
  readonly storageMs: number
}

/** Runs instances × accounts against limited accounts, and the model with the same figures. */
export async function checkModel(cpuMs: Readonly<Record<RequestName, number>>): Promise<Check> {
  const stack = await startBenchStack({ accounts: 2 })
  const target = new URL(/TableEndpoint=([^;]+)/.exec(stack.tables[0] ?? '')?.[1] ?? '')
  const proxy = await startThrottleProxy(target)
  const rows: Checked[] = []
  let callsPerSignIn = NaN
  let storageMs = NaN
  try {
    for (const accounts of [1, 2]) {
      const tables = stack.tables.slice(0, accounts)
      const env = { TABLES_ENDPOINT: tables.map((text) => proxy.through(text)).join(',') }
      const app = join(projectRoot(), 'dist')
      const origins = [await stack.startApp(app, env), await stack.startApp(app, env)].map(
        ({ origin }) => origin,
      )
      const entraOrigin = stack.entra.origin
      const names = tables.map((text) => /AccountName=([^;]+)/.exec(text)?.[1] ?? '')
      for (const name of names) proxy.limit(name, 1e6)
      // Unlimited and alone: what a sign-in asks of storage, and how long that takes here.
      await runForReal({ origins, entraOrigin, perSecond: 4, seconds: 3 })
      proxy.take()
      const calm = await runForReal({ origins, entraOrigin, perSecond: 4, seconds: 6 })
      const seen = proxy.take()
      // Before, the virtual user of each instance makes a login and a callback.
      callsPerSignIn = (seen.calls - origins.length * callsOf(['login', 'callback'])) / calm.done
      storageMs = seen.medianMs
      for (const name of names) proxy.limit(name, limitPerSecond)
      const most = (limitPerSecond * accounts) / callsOf(fullSignIn)
      for (const instances of accounts === 1 ? [1, 2] : [2])
        for (const share of [0.6, 1.5]) {
          const offered = most * share
          const measured = await runForReal({
            origins: origins.slice(0, instances),
            entraOrigin,
            perSecond: offered,
            seconds,
          })
          const predicted = simulate({
            figures: figures({ accountPerSecond: limitPerSecond, storageMs, providerMs: 5 }),
            instances,
            accounts: names.map(() => 'none' as const),
            perSecond: offered,
            journey: fullSignIn,
            cpuMs,
            seconds: 600,
          })
          rows.push({ instances, accounts, offered, predicted, measured })
        }
    }
  } finally {
    proxy.stop()
    await stack.stop()
  }
  return { rows, callsPerSignIn, storageMs }
}
