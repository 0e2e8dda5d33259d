/** `npm run docs`: writes the generated tables anew (README, docs/requirements.md), and tests the docs. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit', 'test/docs']
const { status } = spawnSync(process.execPath, vitest, {
  cwd: root,
  env: { ...process.env, UPDATE_DOCS: 'true' },
  stdio: 'inherit',
})
process.exitCode = status ?? 1
