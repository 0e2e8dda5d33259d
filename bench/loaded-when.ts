import { readFile } from 'node:fs/promises'
import type { Metafile } from 'esbuild'

/** A part of the bundle that is loaded at once. */
export interface LoadedPart {
  /** The module whose import brings it; `functions.ts` is the start. */
  readonly name: string
  /** What it brings beyond the entry. */
  readonly bytes: number
  /** Those of this app's own dependencies. */
  readonly packages: readonly string[]
}

/** The entry and every part that is imported later, from esbuild's own account of the build. */
export async function loadedParts(metafile: string, manifest: string): Promise<LoadedPart[]> {
  const { dependencies } = JSON.parse(await readFile(manifest, 'utf8')) as {
    dependencies: Record<string, string>
  }
  const { outputs } = JSON.parse(await readFile(metafile, 'utf8')) as Metafile
  const entry = 'dist/functions.js'
  const atStart = closureOf(entry, outputs)
  const later = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path }) => kind === 'dynamic-import' && path in outputs)
    .map(({ path }) => path)
  return [entry, ...new Set(later)].map((output) => {
    const all = [...closureOf(output, outputs)]
    const parts = output === entry ? all : all.filter((name) => !atStart.has(name))
    const inputs = parts.flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}))
    const packages = inputs.flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
    )
    return {
      name: outputs[output]?.entryPoint ?? output,
      bytes: parts.reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0),
      packages: [...new Set(packages)].filter((name) => name in dependencies).toSorted(),
    }
  })
}

function closureOf(output: string, outputs: Metafile['outputs']): Set<string> {
  const closure = new Set([output])
  for (const name of closure)
    for (const { path, kind } of outputs[name]?.imports ?? [])
      if (kind === 'import-statement' && path in outputs) closure.add(path)
  return closure
}
