import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { forkChild } from '../functions-host/fork-child.ts'
import { projectRoot } from '../functions-host/project-root.ts'

export interface AzuriteOptions {
  /** 0, the default, for a free one. */
  readonly port?: number
  /** Where the tables are kept; in memory where it is absent. */
  readonly directory?: string
  /** How many storage accounts there are; default 1. */
  readonly accounts?: number
}

export interface Azurite {
  readonly port: number
  readonly pid: number
  /** Of the first account, `devstoreaccount1`. */
  readonly connectionString: string
  /** One for each account. */
  readonly connectionStrings: readonly string[]
  /** Resolves with how the process ended (a signal, or its exit code), be it by {@link Azurite.stop}. */
  readonly ended: Promise<string>
  stop(): Promise<void>
  /** Ends the process at once, as a storage outage would. */
  kill(): void
}

interface Account {
  readonly name: string
  readonly key: string
}

/** The public key of Azurite's well-known account. */
const wellKnownKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='

/**
 * Starts Azurite's Table service as a child process that ends with this one. Rejects with the code
 * EADDRINUSE where the port is taken. What is kept in a directory is there before it is answered, however
 * the process ends.
 */
export async function startAzurite(options: AzuriteOptions = {}): Promise<Azurite> {
  const accounts = Array.from({ length: options.accounts ?? 1 }, (_, index) => account(index + 1))
  if (options.directory !== undefined) await mkdir(options.directory, { recursive: true })
  const child = forkChild(join(projectRoot(), 'dev/azurite/azurite-child.cjs'), {
    env: {
      PATH: process.env['PATH'],
      AZURITE_TABLE_PORT: String(options.port ?? 0),
      AZURITE_ACCOUNTS: accounts.map(({ name, key }) => `${name}:${key}`).join(';'),
      ...(options.directory === undefined
        ? {}
        : { AZURITE_TABLE_DATABASE: join(options.directory, 'tables.json') }),
    },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const ended = new Promise<string>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`)),
  )
  const port = await listeningPort(child)
  const connectionStrings = accounts.map(({ name, key }) => connectionString(name, key, port))
  return {
    port,
    pid: child.pid ?? 0,
    connectionString: connectionStrings[0] ?? '',
    connectionStrings,
    ended,
    stop: async () => {
      if (child.connected) child.disconnect()
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await ended
      clearTimeout(timer)
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}

function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Azurite ended with code ${code}`)))
    child.once('message', (message: { port?: number; error?: string; code?: string }) => {
      if (message.port !== undefined) return resolve(message.port)
      child.disconnect()
      reject(Object.assign(new Error(`Azurite: ${message.error}`), { code: message.code }))
    })
  })
}

function account(number: number): Account {
  const name = `devstoreaccount${number}`
  const key = createHash('sha512').update(name).digest('base64')
  return { name, key: number === 1 ? wellKnownKey : key }
}

function connectionString(name: string, key: string, port: number): string {
  return (
    `DefaultEndpointsProtocol=http;AccountName=${name};AccountKey=${key};` +
    `TableEndpoint=http://127.0.0.1:${port}/${name};`
  )
}
