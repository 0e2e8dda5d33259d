import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import {
  startFunctionsHost,
  type FunctionsHost,
} from '../../../dev/functions-host/functions-host.ts'
import type { FunctionsHostOptions } from '../../../dev/functions-host/host-options.ts'
import { startEchoHost } from '../../support/echo-host.ts'
import { buildFixtureApp } from '../../support/fixture-app.ts'

let host: FunctionsHost | undefined

afterEach(async () => {
  await host?.stop()
  host = undefined
})

async function echoHost(options?: Partial<FunctionsHostOptions>): Promise<FunctionsHost> {
  host = await startEchoHost(options)
  return host
}

const text = (response: Response): Promise<string> => response.text()
const json = (response: Response): Promise<unknown> => response.json()

/** Waits for what the host says, not for a time. */
async function logLine(running: FunctionsHost, pattern: RegExp): Promise<void> {
  await expect
    .poll(() => running.logs.some(({ message }) => pattern.test(message)), { timeout: 10_000 })
    .toBe(true)
}

test('gives the app its settings and nothing else of this process', async () => {
  process.env['LEAKED_SETTING'] = 'from the parent'
  const { origin } = await echoHost({ env: { PUBLIC_URL: 'http://localhost' } })
  delete process.env['LEAKED_SETTING']

  const environment = (await fetch(`${origin}/environment`).then(json)) as Record<string, string>

  expect(environment['PUBLIC_URL']).toBe('http://localhost')
  const allowed = /^(PUBLIC_URL|PATH|HOME|TMPDIR|TEMP|TMP|SystemRoot|USERPROFILE|TZ)$/
  expect(Object.keys(environment).filter((name) => !allowed.test(name))).toEqual([])
})

test('hands the app what a debugger attaches through', async () => {
  const debuggerOptions = { NODE_OPTIONS: '--no-deprecation', VSCODE_INSPECTOR_OPTIONS: '{}' }
  for (const [name, value] of Object.entries(debuggerOptions)) vi.stubEnv(name, value)
  const { origin } = await echoHost()
  vi.unstubAllEnvs()

  expect(await fetch(`${origin}/environment`).then(json)).toMatchObject(debuggerOptions)
})

test('ties log lines to function and invocation, but not the console', async () => {
  const running = await echoHost()
  await fetch(`${running.origin}/logs`)
  await logLine(running, /from the console/)

  const lines = running.logs.filter(({ message }) => /formatted|^warning$|^error$/.test(message))
  expect(lines.map(({ level }) => level)).toEqual(['information', 'warning', 'error'])
  expect(new Set(lines.map(({ invocationId }) => invocationId)).size).toBe(1)
  expect(lines.map(({ functionName }) => functionName)).toEqual(['logs', 'logs', 'logs'])
  expect(running.logs.find(({ message }) => message === 'from the console')).toEqual({
    level: 'information',
    message: 'from the console',
  })
})

test('refuses registration once the app has started', async () => {
  const running = await echoHost()

  expect((await fetch(`${running.origin}/fails/registers-late`)).status).toBe(500)
  await logLine(running, /can only be registered during app startup/)
})

test('runs on without functions where the app throws while it loads', async () => {
  const appDirectory = await buildFixtureApp('broken-app')
  host = await startFunctionsHost({ appDirectory, env: {} })

  expect(host.functions).toEqual([])
  expect((await fetch(`${host.origin}/api/hello`)).status).toBe(404)
  await logLine(host, /unable to load the app.*settings are wrong/s)
})

test('answers 503 to everything where a route has an unknown constraint', async () => {
  const appDirectory = await buildFixtureApp('bad-route-app')
  host = await startFunctionsHost({ appDirectory, env: {} })

  const response = await fetch(`${host.origin}/api/hello`)
  expect([response.status, await response.text()]).toEqual([503, 'Function host is not running.'])
})

test('refuses an app that streams', async () => {
  const appDirectory = await buildFixtureApp('streaming-app')

  await expect(startFunctionsHost({ appDirectory, env: {} })).rejects.toThrow(/forge every request/)
})

test('answers calls in flight with 500 when the worker crashes, and starts another', async () => {
  const running = await echoHost()
  const inFlight = fetch(`${running.origin}/slow/20000`)
  await logLine(running, /slow started/)

  const crashed = await fetch(`${running.origin}/fails/rejects-later`)
  const { status } = await inFlight

  expect(status).toBe(500)
  expect([200, 500]).toContain(crashed.status)
  expect((await fetch(`${running.origin}/answers/empty`)).status).toBe(202)
  await logLine(running, /nobody waits for this/)
  await logLine(running, /process ended with exit code 1/)
})

test('gives up after the third crash in a row, until it is reloaded', async () => {
  const running = await echoHost()
  for (let crash = 1; crash <= 3; crash += 1) {
    await fetch(`${running.origin}/fails/rejects-later`)
    await expect
      .poll(() => running.logs.filter(({ message }) => /process ended/.test(message)).length)
      .toBe(crash)
  }

  await expect(fetch(`${running.origin}/answers/empty`)).rejects.toThrow()
  await running.reload()
  expect((await fetch(`${running.origin}/answers/empty`)).status).toBe(202)
})

test('reloads into a new worker on the same port while calls in flight finish in the old one', async () => {
  const running = await echoHost()
  const { origin } = running
  const inFlight = fetch(`${origin}/slow/1000`).then(text)
  await logLine(running, /slow started/)

  const reloaded = running.reload({ ADDED: 'by reload' })
  const old = await inFlight
  await reloaded

  expect(old).toMatch(/^pid \d+$/)
  expect(await fetch(`${origin}/slow/0`).then(text)).not.toBe(old)
  expect(await fetch(`${origin}/environment`).then(json)).toMatchObject({ ADDED: 'by reload' })
  expect(running.origin).toBe(origin)
})

test('lets calls in flight finish and runs appTerminate when it stops', async () => {
  const running = await echoHost()
  const inFlight = fetch(`${running.origin}/slow/500`)
  await logLine(running, /slow started/)

  await running.stop()
  host = undefined

  expect((await inFlight).status).toBe(200)
  expect(running.logs.map(({ message }) => message)).toContain('appTerminate ran')
  await expect(fetch(`${running.origin}/answers/empty`)).rejects.toThrow()
})

test('does not wait for a connection that a browser opened in advance', async () => {
  const running = await echoHost()
  const unused = connect(running.port, '127.0.0.1')
  await once(unused, 'connect')
  const closed = once(unused, 'close')
  unused.resume()

  await running.stop()
  host = undefined

  await closed
  // It would not have run, had the host waited and then given up.
  expect(running.logs.map(({ message }) => message)).toContain('appTerminate ran')
})

test('breaks every call off when it is killed, as a dying instance does', async () => {
  const running = await echoHost()
  const inFlight = fetch(`${running.origin}/slow/20000`)
  await logLine(running, /slow started/)

  running.kill()
  host = undefined

  await expect(inFlight).rejects.toThrow()
  await expect(fetch(`${running.origin}/answers/empty`)).rejects.toThrow()
})

test('moves the app’s clock, also for workers that start later', async () => {
  const hourMs = 3_600_000
  const running = await echoHost({ clockOffsetMs: 48 * hourMs })
  const aheadHours = async (): Promise<number> => {
    const seen = (await fetch(`${running.origin}/now`).then(json)) as Record<string, unknown>
    expect(seen['year']).toBe(2001)
    expect(seen['same']).toBe(true)
    expect(seen['text']).toMatch(/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/)
    expect(Math.abs(Number(seen['now']) - Number(seen['date']))).toBeLessThan(1_000)
    return Math.round((Number(seen['now']) - Date.now()) / hourMs)
  }

  expect(await aheadHours()).toBe(48)
  await running.moveClock(5 * hourMs)
  expect(await aheadHours()).toBe(5)
  await running.reload()
  expect(await aheadHours()).toBe(5)
})

test('runs a timer on demand with the input that the platform gives', async () => {
  const running = await echoHost({ env: { FAILING_SCHEDULE: '0 0 0 1 1 *' } })
  await running.runTimer('sweep')

  expect(await fetch(`${running.origin}/last-tick`).then(json)).toEqual({
    tick: {
      schedule: { adjustForDST: true },
      scheduleStatus: {
        last: expect.any(String),
        next: expect.stringMatching(/:[0-5]0:00\.000Z$/),
        lastUpdated: expect.any(String),
      },
      isPastDue: false,
    },
  })
  await expect(running.runTimer('failing')).rejects.toThrow(/the timer broke/)
  await expect(running.runTimer('unknown')).rejects.toThrow(/no timer function "unknown"/)
})

test('runs timers by their schedule, on the app’s clock', async () => {
  const running = await echoHost({ timers: true })
  expect(await fetch(`${running.origin}/last-tick`).then(json)).toEqual({})

  await running.moveClock(10 * 60_000)

  await expect
    .poll(() => fetch(`${running.origin}/last-tick`).then(json), { timeout: 10_000 })
    .toHaveProperty('tick')
})

test('rejects a port that is taken, with its code', async () => {
  const { port } = await echoHost()

  await expect(startEchoHost({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
