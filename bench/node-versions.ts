import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A Node that can be started. */
export interface NodeVersion {
  readonly version: string
  readonly binary: string
}

/**
 * The Node that runs this, and what else is found: the packages of bench/node-versions where they are
 * installed, and the programs that `NODE_BINARIES` lists, separated as in `PATH`. One for each major
 * version, the oldest first.
 */
export async function findNodeVersions(directory: string): Promise<NodeVersion[]> {
  const listed = (process.env['NODE_BINARIES'] ?? '').split(
    process.platform === 'win32' ? ';' : ':',
  )
  const candidates = [process.execPath, ...listed.filter(Boolean), ...(await installed(directory))]
  const found = new Map<string, NodeVersion>()
  for (const binary of candidates) {
    const version = await versionOf(binary)
    const [major] = version?.split('.') ?? []
    if (version !== undefined && major !== undefined && !found.has(major))
      found.set(major, { version, binary })
  }
  return [...found.values()].toSorted(
    (a, b) => Number.parseInt(a.version) - Number.parseInt(b.version),
  )
}

async function installed(directory: string): Promise<string[]> {
  const names = await readdir(join(directory, 'node_modules')).catch(() => [])
  const program = process.platform === 'win32' ? 'node.exe' : 'node'
  return names.map((name) => join(directory, 'node_modules', name, 'bin', program))
}

async function versionOf(binary: string): Promise<string | undefined> {
  try {
    return (await run(binary, ['-p', 'process.versions.node'])).stdout.trim()
  } catch {
    return undefined
  }
}
