import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Where scripts/test.mjs reads the numbers. */
export const resultsFile = '.cache/test-results.json'

/** A Vitest reporter that counts every test once, and collects why tests were skipped. */
export default class TestReporter {
  onTestRunEnd(modules, unhandledErrors) {
    const results = { passed: 0, failed: unhandledErrors.length, skipped: [] }
    for (const module of modules) {
      const before = results.failed
      for (const test of module.children.allTests()) count(results, test)
      // A file that could not be loaded, or a hook that failed, has no failed test to show for it.
      if (module.state() === 'failed' && results.failed === before) results.failed += 1
    }
    mkdirSync(dirname(resultsFile), { recursive: true })
    writeFileSync(resultsFile, JSON.stringify(results))
  }
}

function count(results, test) {
  const { state, note } = test.result()
  if (state === 'passed') results.passed += 1
  else if (state === 'failed') results.failed += 1
  else if (state === 'skipped') {
    results.skipped.push({ name: test.fullName, reason: note ?? 'no reason given' })
  } else results.failed += 1
}
