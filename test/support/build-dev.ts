import { execFileSync } from 'node:child_process'

/** Builds the local stack's own processes once for the tests that start them. */
export default function setup(): void {
  if (process.env['BUNDLES_ARE_BUILT'] === 'true') return
  execFileSync(process.execPath, ['scripts/build.mjs', '--only-dev'], { stdio: 'inherit' })
}
