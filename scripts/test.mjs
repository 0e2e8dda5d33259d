/**
 * `npm test`: what `npm run lint` checks, the build, then every test. Arguments go to Vitest, for example
 * `npm test -- --project unit`. The last line says how many passed, failed and were skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checks } from './checks.mjs'
import { ensurePackages } from './ensure-packages.mjs'
import { runChecks } from './run-checks.mjs'
import { resultsFile } from './test-reporter.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await ensurePackages(root)
process.chdir(root)

const failedChecks = await runChecks([...checks, ['build', ['scripts/build.mjs', '--dev']]])
const results = failedChecks.includes('build') ? { passed: 0, failed: 0, skipped: [] } : runTests()

reportSkipped(results.skipped)
if (failedChecks.length > 0) console.log(`\nFailed checks: ${failedChecks.join(', ')}`)
const failed = results.failed + failedChecks.length
process.exitCode = failed === 0 ? 0 : 1
console.log(`\n${results.passed} passed, ${failed} failed, ${results.skipped.length} skipped`)

function runTests() {
  rmSync(resultsFile, { force: true })
  const reporters = ['--reporter=default', '--reporter=./scripts/test-reporter.mjs']
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...process.argv.slice(2)]
  const env = { ...process.env, BUNDLES_ARE_BUILT: 'true' }
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env })
  const none = { passed: 0, failed: 0, skipped: [] }
  const counted = existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : none
  // Vitest may fail as a whole, for example when it finds no test.
  return status !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted
}

function reportSkipped(skipped) {
  if (skipped.length === 0) return
  const reasons = new Map()
  for (const { name, reason } of skipped)
    reasons.set(reason, [...(reasons.get(reason) ?? []), name])
  console.log('\nSkipped:')
  for (const [reason, names] of reasons) {
    console.log(`  ${reason}`)
    for (const name of names) console.log(`    - ${name}`)
  }
}
