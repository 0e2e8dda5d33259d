import { type CachedValue, cacheValue } from '../base/cached-value.ts'
import { BffError } from '../base/errors.ts'
import type { WriteEvent } from '../base/events.ts'
import type { SecretVersion } from '../base/secrets.ts'
import { type SessionKey, createSessionKey } from './session-key.ts'

const listAgainMs = 60 * 60_000
const listForUnknownMs = 60_000
/** A version is written with only when it is this old: by then every instance has listed it. */
const settledMs = 2 * 60 * 60_000

/** The session keys: one writes, several are read while they are being rotated. */
export interface SessionKeys {
  /** The key for new logins. Throws `vault_unavailable`, `configuration_error`. */
  readonly writing: () => Promise<SessionKey>
  /** The readable key of an id; undefined counts as signed out. */
  readonly find: (id: string) => Promise<SessionKey | undefined>
  /** Every readable key, for look-ups that carry no key id. */
  readonly readable: () => Promise<readonly SessionKey[]>
}

/** Keys given as plain settings: the first writes, all read. */
export function fixedSessionKeys(keys: readonly Buffer[]): SessionKeys {
  const all = keys.map(createSessionKey)
  return {
    writing: async () => all[0]!,
    find: async (id) => all.find((key) => key.id === id),
    readable: async () => all,
  }
}

interface KeyVersion {
  readonly key: SessionKey
  readonly version: string
  readonly createdAt: number
}

/** Keys held as versions of a vault secret. Times in milliseconds. */
export interface VaultSessionKeysOptions {
  readonly list: () => Promise<readonly SecretVersion[]>
  readonly decode: (value: string) => Buffer | undefined
  readonly now: () => number
  /** How long a key is read after its successor began to write. */
  readonly readableMs: number
  readonly write: WriteEvent
}

/**
 * Keys held as versions of a vault secret: listed hourly, and at once (but at most once a minute)
 * when a handle names an unknown one. While the vault is away the known versions go on.
 */
export function vaultSessionKeys(options: VaultSessionKeysOptions): SessionKeys {
  const versions: CachedValue<readonly KeyVersion[]> = cacheValue(
    async () => {
      const found = readVersions(await options.list(), options.decode)
      const newest = found.at(-1)
      if (newest === undefined)
        throw new BffError('configuration_error', 'the vault has no usable session key')
      if (newest.version !== versions.current?.at(-1)?.version)
        options.write('bff.session_key.reloaded', { version: newest.version })
      return found
    },
    {
      now: options.now,
      freshMs: () => listAgainMs,
      staleMs: () => Infinity,
      retryMs: listForUnknownMs,
    },
  )
  const readable = async () => readableKeys(await versions.get(), options)
  const isRecent = (at: number) => options.now() - at < listForUnknownMs

  return {
    async writing() {
      return writingKey(await versions.get(), options.now()).key
    },
    async find(id) {
      const known = (await readable()).find((key) => key.id === id)
      if (known !== undefined || isRecent(versions.loadedAt)) return known
      const { failure } = versions
      // A fault of the vault must not read as "signed out": it is thrown.
      if (failure !== undefined && isRecent(failure.at)) throw failure.error
      await versions.reload()
      return (await readable()).find((key) => key.id === id)
    },
    readable,
  }
}

function readVersions(
  secrets: readonly SecretVersion[],
  decode: (value: string) => Buffer | undefined,
): KeyVersion[] {
  return secrets
    .flatMap(({ value, version, createdAt }) => {
      const bytes = decode(value)
      if (bytes === undefined || bytes.length < 32) return []
      return [{ key: createSessionKey(bytes), version, createdAt }]
    })
    .sort((a, b) => a.createdAt - b.createdAt)
}

/** The newest settled version, else the oldest: the only one, or the one that all instances know. */
function writingKey(versions: readonly KeyVersion[], now: number): KeyVersion {
  return versions.findLast(({ createdAt }) => now - createdAt >= settledMs) ?? versions[0]!
}

function readableKeys(
  versions: readonly KeyVersion[],
  options: VaultSessionKeysOptions,
): SessionKey[] {
  return versions
    .filter((_, index) => {
      const successor = versions[index + 1]
      if (successor === undefined) return true
      return options.now() < successor.createdAt + settledMs + options.readableMs
    })
    .map(({ key }) => key)
}
