import { createPrivateKey, randomBytes, type KeyObject } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SecretAttributes {
  readonly createdAt?: Date
  readonly enabled?: boolean
  readonly expires?: Date
  readonly contentType?: string
}

export interface StoredVersion {
  readonly version: string
  readonly value: string
  readonly enabled: boolean
  /** Unix time in seconds, as all times of the vault. */
  readonly created: number
  readonly expires?: number
  readonly contentType?: string
  /** PEM of a certificate's private key, whether or not the secret shows it. */
  readonly privateKey?: string
}

export interface Certificate {
  /** PEM of the certificate and its chain. */
  readonly certificate: string
  /** PEM, PKCS #8. */
  readonly privateKey: string
  /** Whether the secret of the same name holds the private key too. */
  readonly exportable: boolean
}

export interface VaultContents {
  put(name: string, value: string, attributes?: SecretAttributes): StoredVersion
  putCertificate(
    name: string,
    certificate: Certificate,
    attributes?: SecretAttributes,
  ): StoredVersion
  setEnabled(name: string, version: string, enabled: boolean): void
  remove(name: string, version: string): void
  /** Without a version: the newest, be it disabled. */
  find(name: string, version?: string): StoredVersion | undefined
  /** In no useful order, as in the real vault. */
  versions(name: string): readonly StoredVersion[]
}

/** Keeps secrets and their versions in memory, and in `directory` too where one is given. */
export function createVaultContents(directory?: string): VaultContents {
  const file = directory === undefined ? undefined : join(directory, 'vault.json')
  const secrets = new Map<string, StoredVersion[]>(file === undefined ? [] : read(file))
  const save = (): void => {
    if (directory === undefined || file === undefined) return
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(file, JSON.stringify([...secrets], null, 2), { mode: 0o600 })
  }
  // Names are case-insensitive.
  const all = (name: string): StoredVersion[] => secrets.get(name.toLowerCase()) ?? []
  const replace = (name: string, versions: StoredVersion[]): void => {
    secrets.set(name.toLowerCase(), versions)
    save()
  }
  const add = (name: string, stored: StoredVersion): StoredVersion => {
    replace(name, [...all(name), stored])
    return stored
  }
  return {
    put: (name, value, attributes = {}) => add(name, newVersion(value, attributes)),
    putCertificate: (name, { certificate, privateKey, exportable }, attributes = {}) => {
      const value = exportable ? `${privateKey}\n${certificate}` : certificate
      const contentType = 'application/x-pem-file'
      return add(name, { ...newVersion(value, { ...attributes, contentType }), privateKey })
    },
    setEnabled: (name, version, enabled) =>
      replace(
        name,
        all(name).map((stored) => (stored.version === version ? { ...stored, enabled } : stored)),
      ),
    remove: (name, version) =>
      replace(
        name,
        all(name).filter((stored) => stored.version !== version),
      ),
    find: (name, version) =>
      version === undefined || version === ''
        ? newest(all(name))
        : all(name).find((stored) => stored.version === version),
    versions: (name) => [...all(name)].sort((a, b) => (a.version < b.version ? -1 : 1)),
  }
}

/** The private key behind a certificate's version, or undefined for a plain secret. */
export function signingKeyOf(stored: StoredVersion): KeyObject | undefined {
  return stored.privateKey === undefined ? undefined : createPrivateKey(stored.privateKey)
}

function newVersion(value: string, attributes: SecretAttributes): StoredVersion {
  const { createdAt = new Date(), enabled = true, expires, contentType } = attributes
  return {
    version: randomBytes(16).toString('hex'),
    value,
    enabled,
    created: toSeconds(createdAt),
    ...(expires === undefined ? {} : { expires: toSeconds(expires) }),
    ...(contentType === undefined ? {} : { contentType }),
  }
}

function newest(versions: readonly StoredVersion[]): StoredVersion | undefined {
  return versions.reduce<StoredVersion | undefined>(
    (best, stored) => (best === undefined || stored.created >= best.created ? stored : best),
    undefined,
  )
}

function read(file: string): [string, StoredVersion[]][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, StoredVersion[]][]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function toSeconds(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}
