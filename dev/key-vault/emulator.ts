import type { IncomingMessage, ServerResponse } from 'node:http'
import { listenOnLoopback } from '../loopback-server.ts'
import {
  createVaultContents,
  type Certificate,
  type SecretAttributes,
  type VaultContents,
} from './contents.ts'
import { createVaultFaults, type VaultFault, type VaultFaults } from './faults.ts'
import { answer, operationOf, vaultError, type Operation, type VaultReply } from './operations.ts'

export interface KeyVaultOptions {
  /** 0, the default, for a free one. */
  readonly port?: number
  readonly tenantId: string
  /** Origin of the identity provider that the challenge names. */
  readonly authority: string
  /** Where secrets are kept; in memory where it is absent. */
  readonly directory?: string
}

export interface KeyVaultEmulator {
  readonly url: string
  /** Adds a version and returns its id. */
  setSecret(name: string, value: string, attributes?: SecretAttributes): string
  /** Adds a version of a certificate, its key and its secret, and returns the id of all three. */
  setCertificate(name: string, certificate: Certificate, attributes?: SecretAttributes): string
  setEnabled(name: string, version: string, enabled: boolean): void
  removeVersion(name: string, version: string): void
  hasSecret(name: string): boolean
  setFault(fault: VaultFault | undefined): void
  /** Calls answered (or broken by a fault) so far, without the challenges. */
  calls(operation?: Operation, name?: string): number
  resetCalls(): void
  stop(): Promise<void>
}

interface Vault {
  readonly contents: VaultContents
  readonly faults: VaultFaults
  readonly calls: Map<string, number>
  readonly challenge: string
  url: string
}

/**
 * Starts a Key Vault that the real SDK clients accept, with `disableChallengeResourceVerification`:
 * the 401 challenge, secrets and their versions, keys that sign. Rejects with EADDRINUSE.
 */
export async function startKeyVaultEmulator(options: KeyVaultOptions): Promise<KeyVaultEmulator> {
  const authorization = `${options.authority}/${options.tenantId}`
  const vault: Vault = {
    contents: createVaultContents(options.directory),
    faults: createVaultFaults(),
    calls: new Map(),
    challenge: `Bearer authorization="${authorization}", resource="https://vault.azure.net"`,
    url: '',
  }
  const server = await listenOnLoopback((request, response) => {
    handle(vault, request, response).catch(() => response.destroy())
  }, options.port)
  vault.url = server.origin
  const { contents, faults, calls } = vault
  return {
    url: vault.url,
    setSecret: (name, value, attributes) => contents.put(name, value, attributes).version,
    setCertificate: (name, certificate, attributes) =>
      contents.putCertificate(name, certificate, attributes).version,
    setEnabled: (name, version, enabled) => contents.setEnabled(name, version, enabled),
    removeVersion: (name, version) => contents.remove(name, version),
    hasSecret: (name) => contents.versions(name).length > 0,
    setFault: (fault) => faults.set(fault),
    calls: (operation, name) => countCalls(calls, operation, name),
    resetCalls: () => calls.clear(),
    stop: () => server.stop(),
  }
}

async function handle(
  vault: Vault,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', vault.url)
  const body = await readJson(request)
  if (pathname.startsWith('/_admin/')) {
    return reply(response, administer(vault, request.method ?? '', pathname, body))
  }
  if (!isAuthorized(request.headers.authorization)) {
    response.setHeader('www-authenticate', vault.challenge)
    return reply(response, vaultError(401, 'Unauthorized', 'AKV10000: token missing or invalid.'))
  }
  const operation = operationOf(request.method ?? '', pathname)
  if (operation === undefined) return reply(response, vaultError(404, 'NotFound', 'no such path'))
  const counter = `${operation.operation} ${operation.name}`
  vault.calls.set(counter, (vault.calls.get(counter) ?? 0) + 1)
  const fault = vault.faults.take(operation)
  if (fault !== undefined && !(await survives(fault, response))) return
  reply(response, answer({ ...operation, query: searchParams, body }, vault.contents, vault.url))
}

/** A bearer token of any kind; one that can be read must have been issued for Key Vault. */
function isAuthorized(header: string | undefined): boolean {
  const [, token] = /^Bearer (\S+)$/i.exec(header ?? '') ?? []
  if (token === undefined) return false
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return true
  try {
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: string }
    return aud?.replace(/\/$/, '') === 'https://vault.azure.net'
  } catch {
    return false
  }
}

/** Plays a fault. Resolves to true where the call is answered nevertheless. */
async function survives(fault: VaultFault, response: ServerResponse): Promise<boolean> {
  if (fault.kind === 'slow') {
    await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1_000))
    return true
  }
  if (fault.kind === 'garbage') {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Not a vault</html>')
  }
  if (fault.kind === 'throttled') {
    response.setHeader('retry-after', String(fault.retryAfterSeconds ?? 1))
    reply(response, vaultError(429, 'Throttled', 'Request was not processed: too many requests.'))
  }
  if (fault.kind === 'forbidden') {
    reply(response, vaultError(403, 'Forbidden', 'Caller is not authorized.'))
  }
  if (fault.kind === 'down') {
    reply(response, vaultError(503, 'ServiceUnavailable', 'The vault is unavailable.'))
  }
  return false
}

function administer(vault: Vault, method: string, path: string, body: unknown): VaultReply {
  if (path === '/_admin/fault' && method === 'POST') vault.faults.set(body as VaultFault)
  else if (path === '/_admin/fault' && method === 'DELETE') vault.faults.set(undefined)
  else if (path !== '/_admin/calls') return vaultError(404, 'NotFound', 'no such path')
  return { status: 200, body: Object.fromEntries(vault.calls) }
}

function countCalls(
  calls: ReadonlyMap<string, number>,
  operation: Operation | undefined,
  name: string | undefined,
): number {
  return [...calls].reduce((sum, [counter, count]) => {
    const [ofOperation, ofName] = counter.split(' ')
    const fits = (operation ?? ofOperation) === ofOperation && (name ?? ofName) === ofName
    return fits ? sum + count : sum
  }, 0)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk as Uint8Array)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as unknown)
}

function reply(response: ServerResponse, { status, body }: VaultReply): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' })
  response.end(JSON.stringify(body))
}
