import { createPublicKey } from 'node:crypto'
import { signingKeyOf, type StoredVersion, type VaultContents } from './contents.ts'
import { signDigest } from './sign-digest.ts'

export type Operation = 'getSecret' | 'listVersions' | 'setSecret' | 'getKey' | 'sign'

/** A request that the vault understands. */
export interface VaultCall {
  readonly operation: Operation
  readonly name: string
  readonly version: string
  readonly query: URLSearchParams
  readonly body: unknown
}

export interface VaultReply {
  readonly status: number
  readonly body: unknown
}

const defaultPageSize = 25

/** Tells which operation of Key Vault's REST API a request is; undefined: none that is known here. */
export function operationOf(
  method: string,
  path: string,
): Pick<VaultCall, 'operation' | 'name' | 'version'> | undefined {
  const [, kind, name = '', version = '', action = ''] =
    /^\/(secrets|keys)\/([0-9A-Za-z-]{1,127})(?:\/([0-9A-Za-z]*))?(?:\/(sign))?\/?$/.exec(path) ??
    []
  if (kind === 'keys') {
    if (method === 'POST' && action === 'sign') return { operation: 'sign', name, version }
    return method === 'GET' ? { operation: 'getKey', name, version } : undefined
  }
  if (kind !== 'secrets' || action !== '') return undefined
  if (method === 'PUT' && version === '') return { operation: 'setSecret', name, version }
  if (method !== 'GET') return undefined
  return version === 'versions'
    ? { operation: 'listVersions', name, version: '' }
    : { operation: 'getSecret', name, version }
}

/** Answers a call as the vault at `url` would. */
export function answer(call: VaultCall, contents: VaultContents, url: string): VaultReply {
  return handlers[call.operation](call, contents, url)
}

const handlers = { getSecret, listVersions, setSecret, getKey, sign }

/** An error body of the vault. */
export function vaultError(status: number, code: string, message: string): VaultReply {
  return { status, body: { error: { code, message } } }
}

function getSecret({ name, version }: VaultCall, contents: VaultContents, url: string): VaultReply {
  const stored = contents.find(name, version)
  if (stored === undefined) return secretNotFound(name, version)
  if (!stored.enabled) {
    const innererror = { code: 'SecretDisabled' }
    const message = 'Operation get is not allowed on a disabled secret.'
    return { status: 403, body: { error: { code: 'Forbidden', message, innererror } } }
  }
  return { status: 200, body: { value: stored.value, ...secretItem(name, stored, url) } }
}

function listVersions(
  { name, query }: VaultCall,
  contents: VaultContents,
  url: string,
): VaultReply {
  const size = Math.min(Number(query.get('maxresults') ?? defaultPageSize), defaultPageSize)
  const start = Number(query.get('$skiptoken') ?? 0)
  const versions = contents.versions(name)
  const page = versions.slice(start, start + size).map((stored) => secretItem(name, stored, url))
  const next = new URLSearchParams(query)
  next.set('$skiptoken', String(start + size))
  const more = start + size < versions.length
  const nextLink = more ? `${url}/secrets/${name}/versions?${next.toString()}` : null
  return { status: 200, body: { value: page, nextLink } }
}

function setSecret({ name, body }: VaultCall, contents: VaultContents, url: string): VaultReply {
  const { value, contentType, attributes } = body as {
    value?: unknown
    contentType?: string
    attributes?: { enabled?: boolean; exp?: number }
  }
  if (typeof value !== 'string') return vaultError(400, 'BadParameter', 'value is missing')
  const stored = contents.put(name, value, {
    ...(contentType === undefined ? {} : { contentType }),
    ...(attributes?.enabled === undefined ? {} : { enabled: attributes.enabled }),
    ...(attributes?.exp === undefined ? {} : { expires: new Date(attributes.exp * 1000) }),
  })
  return { status: 200, body: { value, ...secretItem(name, stored, url) } }
}

function getKey({ name, version }: VaultCall, contents: VaultContents, url: string): VaultReply {
  const stored = contents.find(name, version)
  const key = stored === undefined ? undefined : signingKeyOf(stored)
  if (stored === undefined || key === undefined) return keyNotFound(name, version)
  const { kty, n, e } = createPublicKey(key).export({ format: 'jwk' })
  const kid = `${url}/keys/${name}/${stored.version}`
  return {
    status: 200,
    body: {
      key: { kid, kty, n, e, key_ops: ['sign', 'verify'] },
      attributes: attributesOf(stored),
      managed: true,
    },
  }
}

function sign(
  { name, version, body }: VaultCall,
  contents: VaultContents,
  url: string,
): VaultReply {
  const stored = contents.find(name, version)
  const key = stored === undefined ? undefined : signingKeyOf(stored)
  if (stored === undefined || key === undefined) return keyNotFound(name, version)
  const { alg, value } = body as { alg?: string; value?: string }
  const digest = Buffer.from(value ?? '', 'base64url')
  if ((alg !== 'RS256' && alg !== 'PS256') || digest.length !== 32) {
    return vaultError(400, 'BadParameter', `Algorithm ${alg} or its digest is not supported here`)
  }
  const kid = `${url}/keys/${name}/${stored.version}`
  const signature = signDigest(alg, digest, key).toString('base64url')
  return { status: 200, body: { kid, value: signature } }
}

function secretItem(name: string, stored: StoredVersion, url: string): object {
  return {
    id: `${url}/secrets/${name}/${stored.version}`,
    attributes: attributesOf(stored),
    ...(stored.contentType === undefined ? {} : { contentType: stored.contentType }),
  }
}

function attributesOf({ enabled, created, expires }: StoredVersion): object {
  return {
    enabled,
    created,
    updated: created,
    ...(expires === undefined ? {} : { exp: expires }),
    recoveryLevel: 'Recoverable+Purgeable',
    recoverableDays: 90,
  }
}

function secretNotFound(name: string, version: string): VaultReply {
  const id = version === '' ? name : `${name}/${version}`
  const message = `A secret with (name/id) ${id} was not found in this key vault.`
  return vaultError(404, 'SecretNotFound', message)
}

function keyNotFound(name: string, version: string): VaultReply {
  const message = `A key with (name/id) ${name}/${version} was not found in this key vault.`
  return vaultError(404, 'KeyNotFound', message)
}
