import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of a bundle. */
export interface BundleSize {
  readonly entry: number
  /** All that is deployed; source maps are not. */
  readonly all: number
  readonly files: number
}

/** Measures the bundle in a folder. */
export async function bundleSize(directory: string): Promise<BundleSize> {
  const entries = await readdir(directory, { recursive: true })
  const files = entries.filter((name) => /\.(js|json)$/.test(name))
  const sizes = await Promise.all(
    files.map(async (name) => (await stat(join(directory, name))).size),
  )
  const entry = (await stat(join(directory, 'functions.js'))).size
  return { entry, all: sizes.reduce((sum, size) => sum + size, 0), files: files.length }
}
