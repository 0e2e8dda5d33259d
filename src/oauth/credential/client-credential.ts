import type { ClientAuth } from 'oauth4webapi'
import {
  type ClientCredentialParts,
  credentialLoaders,
  type LoadedCredential,
} from './credential-loaders.ts'
import { cacheValue, type CachedValue } from '../../base/cached-value.ts'

/** How this app proves itself at the token endpoint, whichever kind it is. */
export interface ClientCredential {
  /** Throws `vault_unavailable` or `configuration_error`. */
  authenticate(): Promise<ClientAuth>
  /**
   * Reads it again after the provider refused it, given what `authenticate` had returned; true
   * where there is another one now. Throws as `authenticate`.
   */
  reload(refused: ClientAuth): Promise<boolean>
}

/**
 * The credential of the kind that the settings name: cached about an hour, read once for all callers,
 * used on while the vault is away, and read at once where the provider refuses it.
 */
export function createClientCredential(parts: ClientCredentialParts): ClientCredential {
  const load = credentialLoaders[parts.client.credential](parts)
  const cached: CachedValue<LoadedCredential> = cacheValue(
    async () => {
      const before = cached.current
      const loaded = await load()
      if (before === undefined) return loaded
      // The same one keeps its function, by which `reload` tells it from another.
      if (loaded.identity === before.identity)
        return { ...loaded, authentication: before.authentication }
      if (loaded.version !== undefined)
        parts.write('bff.credential.reloaded', { version: loaded.version })
      return loaded
    },
    {
      now: parts.now,
      freshMs: (credential) => credential.freshMs,
      staleMs: (credential) => credential.usableMs,
      retryMs: 30_000,
    },
  )
  return {
    async authenticate() {
      return (await cached.get()).authentication
    },
    async reload(refused) {
      if (cached.current !== undefined && cached.current.authentication !== refused) return true
      return (await cached.reload()).authentication !== refused
    },
  }
}
