import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, rm, utimes } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { rawGet, sendRaw } from '../../support/raw-http.ts'

interface Line {
  readonly type: string
  readonly [member: string]: unknown
}

interface Started {
  readonly process: ChildProcess
  readonly lines: readonly Line[]
  readonly exited: Promise<number | null>
}

const running: ChildProcess[] = []

afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

function start(...args: string[]): Started {
  const child = spawn(process.execPath, ['scripts/start.mjs', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  const lines: Line[] = []
  createInterface({ input: child.stdout }).on('line', (line) =>
    lines.push(JSON.parse(line) as Line),
  )
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { process: child, lines, exited }
}

async function lineOf(started: Started, type: string, pattern = /./): Promise<Line> {
  const fits = (line: Line): boolean => line.type === type && pattern.test(JSON.stringify(line))
  await expect.poll(() => started.lines.some(fits), { timeout: 60_000 }).toBe(true)
  return started.lines.find(fits)!
}

function childrenOf(pid: number | undefined, command = '.'): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid), '-f', command], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

// Node's own fetch insists on its Sec-Fetch-Mode.
const navigation = ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: document']

test(
  'starts all parts, leads to the sign-in page, follows the source, and leaves nothing behind on Ctrl-C',
  { timeout: 120_000 },
  async () => {
    const started = start()
    const ready = await lineOf(started, 'ready')
    const { demoApp } = ready as unknown as { demoApp: string }

    const port = Number(new URL(demoApp).port)
    const login = await sendRaw(port, rawGet('/auth/login', navigation))
    expect(login.status).toBe(302)
    const location = login.headers.find(([name]) => name.toLowerCase() === 'location')
    const signIn = await fetch(location?.[1] ?? '')
    expect(signIn.status).toBe(200)
    expect(await signIn.text()).toContain('ada@contoso.test')
    expect(await fetch(demoApp).then((response) => response.text())).toContain('<h1')

    const request = await lineOf(started, 'request', /"\/auth\/login"/)
    expect(JSON.stringify(request)).not.toContain('state')

    await utimes('src/functions.ts', new Date(), new Date())
    await lineOf(started, 'notice', /The source changed: functions restarted/)
    expect((await fetch(`${demoApp}/auth/session`)).status).toBe(200)

    const hostFile = `.cache/functions-${port}/host.json`
    await rm(hostFile)
    await utimes('host.json', new Date(), new Date())
    await lineOf(started, 'notice', /host.json changed: functions restarted/)
    expect(await readFile(hostFile, 'utf8')).toBe(await readFile('host.json', 'utf8'))

    const children = childrenOf(started.process.pid)
    started.process.kill('SIGINT')
    expect(await started.exited).toBe(0)
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([])
    for (const origin of [demoApp, ready['entra'], ready['demoApi'], ready['keyVault']]) {
      await expect(fetch(String(origin))).rejects.toThrow()
    }
  },
)

test(
  'decides itself when its children end, be the terminal closed',
  { timeout: 120_000 },
  async () => {
    const started = start()
    const { demoApp } = (await lineOf(started, 'ready')) as unknown as { demoApp: string }
    const children = childrenOf(started.process.pid, 'functions-host|azurite')
    expect(children).toHaveLength(2)

    // A closing terminal sends this to the whole group.
    for (const child of children) process.kill(child, 'SIGHUP')
    await delay(500)
    expect((await fetch(`${demoApp}/health/ready`)).status).toBe(200)
    expect(JSON.stringify(started.lines)).not.toContain('process ended with')

    started.process.kill('SIGHUP')
    expect(await started.exited).toBe(0)
    await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([])
  },
)

test('ends everything when it is terminated while it starts', { timeout: 120_000 }, async () => {
  const started = start()
  await expect
    .poll(() => childrenOf(started.process.pid).length, { timeout: 60_000, interval: 20 })
    .toBeGreaterThan(0)
  const children = childrenOf(started.process.pid)

  started.process.kill('SIGTERM')
  await started.exited

  await expect.poll(() => children.filter(isAlive), { timeout: 10_000 }).toEqual([])
})

test('ends with npm where npm is terminated', { timeout: 120_000 }, async () => {
  const npm = spawn('npm', ['start', '--', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
  running.push(npm)
  let output = ''
  npm.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await expect.poll(() => /"demoApp":"([^"]+)"/.test(output), { timeout: 60_000 }).toBe(true)
  const [, demoApp = ''] = /"demoApp":"([^"]+)"/.exec(output) ?? []

  npm.kill('SIGTERM')

  const answers = (): Promise<boolean> =>
    fetch(demoApp).then(
      () => true,
      () => false,
    )
  await expect.poll(answers, { timeout: 20_000 }).toBe(false)
})

test('names the part that fails, and what to do', { timeout: 120_000 }, async (context) => {
  if (existsSync('local.settings.json')) context.skip('local.settings.json may name a real tenant')
  const started = start('--entra')
  const failure = await lineOf(started, 'failure')

  expect(failure).toMatchObject({
    part: 'Settings',
    fix: expect.stringContaining('copy local.settings.sample.json'),
  })
  expect(failure['message']).toMatch(/ENTRA_TENANT_ID is missing[\s\S]*ENTRA_CLIENT_ID is missing/)
  expect(await started.exited).toBe(1)
})

const ask = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/start.mjs', ...args], { encoding: 'utf8' })

test('answers --help, --version and a misspelt option at once, before anything is built', () => {
  const help = ask('--help')
  expect(help).toMatchObject({ status: 0, stdout: expect.stringContaining('--persist') })
  expect(help.stdout).not.toContain('Building')
  expect(ask('--version').stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  const wrong = ask('--htps')
  expect(wrong).toMatchObject({ status: 1, stdout: '' })
  expect(wrong.stderr).toMatch(/unknown option "--htps"; did you mean "--https"\?/)
})

test('says how to hand npm an option that it took for itself', () => {
  const env = { ...process.env, npm_config_persist: 'true' }
  const { stderr } = spawnSync(process.execPath, ['scripts/start.mjs', '--help'], {
    env,
    encoding: 'utf8',
  })
  expect(stderr).toContain('npm start -- --persist')
})

test('refuses an option that it does not know', { timeout: 60_000 }, async () => {
  const started = start('--unknown')

  expect(await lineOf(started, 'failure', /unknown option \\"--unknown\\"/)).toBeDefined()
  expect(await started.exited).toBe(1)
})
