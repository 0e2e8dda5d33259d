import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { nodeMistake } from '../../scripts/ensure-packages.mjs'

let root: string

vi.setConfig({ testTimeout: 120_000 })

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'packages-'))
  await mkdir(join(root, 'node_modules'))
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({
      packages: {
        '': { name: 'project' },
        'node_modules/a': { version: '1.0.0' },
        'node_modules/for-another-platform': { version: '1.0.0', optional: true },
      },
    }),
  )
})

async function install(version: string): Promise<void> {
  const packages = { 'node_modules/a': { version } }
  await writeFile(join(root, 'node_modules/.package-lock.json'), JSON.stringify({ packages }))
}

/** Runs the script with an npm that only says how it was called. */
async function run(
  exitCode = 0,
  ...args: string[]
): Promise<{ status: number | null; output: string; stdout: string }> {
  const npm = join(root, 'npm-cli.js')
  const says = `console.log('npm', ...process.argv.slice(2)); process.exit(${exitCode})`
  await writeFile(npm, says)
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [resolve('scripts/ensure-packages.mjs'), ...args],
    { cwd: root, encoding: 'utf8', env: { ...process.env, npm_execpath: npm } },
  )
  return { status, output: stdout + stderr, stdout }
}

test('says nothing where all packages are in place, those of other platforms aside', async () => {
  await install('1.0.0')

  expect(await run()).toMatchObject({ status: 0, output: '' })
})

test('runs npm ci where node_modules is missing, and says so', async () => {
  expect(await run()).toMatchObject({
    status: 0,
    // Warnings about other people's packages are none of the user's, and no network is told soon.
    output: expect.stringMatching(
      /^node_modules is missing: running npm ci\nnpm ci --include=dev --loglevel=error .*--fetch-retries=2 .*\n$/,
    ),
  })
})

test('keeps what it says out of an output that programs read', async () => {
  const { output, stdout } = await run(0, '--json')

  expect(output).toContain('npm ci --include=dev')
  expect(stdout).toBe('')
})

test('runs npm ci where node_modules is behind the lockfile', async () => {
  await install('0.9.0')

  expect((await run()).output).toContain('node_modules is behind package-lock.json: running npm ci')
})

test('ends with a message where npm ci fails', async () => {
  const { status, output } = await run(1)

  expect(status).toBe(1)
  expect(output).toContain('npm ci failed')
})

test.each(['18.20.0', '20.18.3'])('refuses Node %s and says which is needed', (version) => {
  expect(nodeMistake(version)).toBe(
    `Node 20.19 or newer is needed, and this is ${version}: https://nodejs.org`,
  )
})

test.each(['20.19.0', '22.0.0', '24.1.0'])('accepts Node %s', (version) => {
  expect(nodeMistake(version)).toBeUndefined()
})
