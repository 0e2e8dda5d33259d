import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The version that snapshots are made with; tools/bicep/bicep.csproj names the same. */
export const pinnedVersion = '0.49.2'

/** What one run of the compiler left behind. */
export interface CompilerRun {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** A Bicep compiler that was found and answered with its version. */
export interface Compiler {
  readonly path: string
  readonly version: string
  run(...args: string[]): Promise<CompilerRun>
}

/**
 * Finds a Bicep compiler: `BICEP_PATH`, then the git-ignored folder that
 * `dotnet restore tools/bicep --packages .tools/nuget` fills, then `bicep` on PATH.
 * Throws when `BICEP_PATH` is set and is no compiler.
 */
export async function findCompiler(
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<Compiler | undefined> {
  const named = env['BICEP_PATH']
  if (named !== undefined && named !== '') {
    const compiler = await open(named)
    if (compiler === undefined) throw new Error(`"BICEP_PATH" is not a Bicep compiler: ${named}`)
    return compiler
  }
  for (const path of [...restored(root), ...onPath(env)]) {
    const compiler = await open(path)
    if (compiler !== undefined) return compiler
  }
  return undefined
}

function restored(root: string): string[] {
  const packages = join(root, '.tools', 'nuget')
  if (!existsSync(packages)) return []
  return readdirSync(packages)
    .filter((name) => name.startsWith('azure.bicep.commandline.'))
    .map((name) => join(packages, name, pinnedVersion, 'tools', executable))
    .filter((path) => existsSync(path))
}

function onPath(env: NodeJS.ProcessEnv): string[] {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, executable))
    .filter((path) => existsSync(path))
}

const executable = process.platform === 'win32' ? 'bicep.exe' : 'bicep'

async function open(path: string): Promise<Compiler | undefined> {
  const run = (...args: string[]): Promise<CompilerRun> => execute(path, args)
  const answer = await run('--version')
  const version = /Bicep CLI version (\d+\.\d+\.\d+)/.exec(answer.stdout)?.[1]
  return version === undefined ? undefined : { path, version, run }
}

function execute(path: string, args: string[]): Promise<CompilerRun> {
  const options = { timeout: 240_000, maxBuffer: 64 * 1024 * 1024, env: environment() }
  return new Promise((resolve) => {
    execFile(path, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ exitCode: 0, stdout, stderr })
      else {
        const exitCode = typeof error.code === 'number' ? error.code : -1
        resolve({ exitCode, stdout, stderr: stderr === '' ? error.message : stderr })
      }
    })
  })
}

/**
 * Without the first setting the compiler does not start on a machine that has no ICU; with the second
 * it saves a fifth of its time, which it would spend on learning for a longer life.
 */
function environment(): NodeJS.ProcessEnv {
  const settings = { DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1', DOTNET_TieredPGO: '0' }
  return { ...process.env, ...settings }
}
