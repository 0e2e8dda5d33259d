import { execFileSync } from 'node:child_process'

/** Builds the deployed bundle and the local stack's processes once for all integration tests. */
export default function setup(): void {
  if (process.env['BUNDLES_ARE_BUILT'] === 'true') return
  execFileSync(process.execPath, ['scripts/build.mjs', '--dev'], { stdio: 'inherit' })
}
