import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const rounds = 9

/** Medians in milliseconds: since the process started, and of loading alone. */
export interface ColdStart {
  readonly loaded: number
  readonly loading: number
}

/** Loads each app in processes of its own, in turns, so that both meet the same noise. */
export async function measureColdStarts(
  script: string,
  appDirectories: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ColdStart[]> {
  const samples: ColdStart[][] = appDirectories.map(() => [])
  for (let round = 0; round < rounds; round++)
    for (const [index, directory] of appDirectories.entries()) {
      const { stdout } = await run(process.execPath, [script, directory], { env })
      samples[index]?.push(JSON.parse(stdout) as ColdStart)
    }
  return samples.map((each) => ({
    loaded: median(each.map(({ loaded }) => loaded)),
    loading: median(each.map(({ loading }) => loading)),
  }))
}

/** Bytes of a bundle: its entry, and all that is deployed (source maps are not). */
export async function bundleSize(
  directory: string,
): Promise<{ readonly entry: number; readonly all: number; readonly files: number }> {
  const entries = await readdir(directory, { recursive: true })
  const files = entries.filter((name) => /\.(js|json)$/.test(name))
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(join(directory, name))).size),
  )
  const entry = (await stat(join(directory, 'functions.js'))).size
  return { entry, all: sizes.reduce((sum, size) => sum + size, 0), files: files.length }
}

/** The middle one of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}
