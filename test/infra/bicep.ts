import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { type Compiler, findCompiler, pinnedVersion } from './check/compiler.ts'

/** Folder of the project. */
export const project = fileURLToPath(new URL('../../', import.meta.url))

const howToGetIt =
  'no Bicep compiler: dotnet restore tools/bicep --packages .tools/nuget (tools/bicep/README.md)'

const found = findCompiler(project, process.env)

let said = false

/** The compiler. Without one the test is skipped, and fails where `CI` is true. */
export async function requireCompiler(context: TestContext): Promise<Compiler> {
  const compiler = await found
  if (compiler !== undefined) return compiler
  if (process.env['CI'] === 'true') throw new Error(howToGetIt)
  // Vitest itself does not show why a test was skipped.
  if (!said) console.warn(`Skipped: ${howToGetIt}`)
  said = true
  return context.skip(howToGetIt)
}

/** The compiler in the version that the snapshots were made with; skips with another. */
export async function requirePinnedCompiler(context: TestContext): Promise<Compiler> {
  const compiler = await requireCompiler(context)
  if (compiler.version === pinnedVersion) return compiler
  return context.skip(`snapshots are those of Bicep ${pinnedVersion}, this is ${compiler.version}`)
}
