/**
 * `npm run fuzz`: raw bytes at every endpoint, from a seed of its own each time, which a failure names.
 * `FUZZ_REQUESTS` and `FUZZ_SEED` change how many and which.
 */
import { spawnSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { fileURLToPath } from 'node:url'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const env = { FUZZ_REQUESTS: '20000', FUZZ_SEED: String(randomInt(2 ** 32)), ...process.env }
console.log(`FUZZ_SEED=${env.FUZZ_SEED} FUZZ_REQUESTS=${env.FUZZ_REQUESTS}`)
const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'integration']
const test = 'test/attack/raw-fuzz.test.ts'
process.exitCode =
  spawnSync(process.execPath, [...args, test], { stdio: 'inherit', env }).status ?? 1
