/**
 * `npm run soak`: two instances under load while instances are killed, the storage is restarted from
 * disk, the provider goes away and clocks are off; prints what it came to. `SOAK_SESSIONS`,
 * `SOAK_TROUBLE_SECONDS`, `SOAK_ROUNDS` and `SOAK_SEED` change it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
rmSync('.cache/soak.json', { force: true })
const wanted = { SOAK_SESSIONS: '10000', SOAK_TROUBLE_SECONDS: '60', SOAK_ROUNDS: '1' }
const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration']
const { status } = spawnSync(process.execPath, [...args, 'test/integration/soak.test.ts'], {
  stdio: 'inherit',
  env: { ...wanted, ...process.env },
})
if (existsSync('.cache/soak.json')) console.log(readFileSync('.cache/soak.json', 'utf8'))
process.exitCode = status ?? 1
