import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The TypeScript projects: browser code has settings of its own. `npm run lint` and `npm test` check
 * these and no others.
 */
export const typeScriptProjects = ['.', 'src/client', 'dev/demo-app/browser'].filter((folder) =>
  existsSync(`${root}${folder}/tsconfig.json`),
)

const typeScript = ['node_modules/typescript/bin/tsc', '--pretty', '-p']

/** A file that has not changed since it was found well formatted is not read again. */
const cached = ['--cache', '--cache-location', '.cache/prettier']

/** What is checked without running anything of ours: a name, and the arguments of Node. */
export const checks = [
  ...typeScriptProjects.map((folder) => [`types of ${folder}`, [...typeScript, folder]]),
  ['lint', ['node_modules/oxlint/bin/oxlint', '--type-aware', '--deny-warnings']],
  ['unused exports and dependencies', ['node_modules/knip/bin/knip.js', '--no-progress']],
  ['format', ['node_modules/prettier/bin/prettier.cjs', '--check', '.', ...cached]],
]
