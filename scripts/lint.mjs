/** `npm run lint`: types, lint, unused code, format. `npm test` begins with the same. */
import { fileURLToPath } from 'node:url'
import { checks } from './checks.mjs'
import { runChecks } from './run-checks.mjs'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
const failed = await runChecks(checks)
process.exitCode = failed.length === 0 ? 0 : 1
