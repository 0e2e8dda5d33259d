import { type ClientAuth, ClientSecretPost } from 'oauth4webapi'
import { BffError } from '../errors.ts'
import type { WriteEvent } from '../events.ts'
import type { ManagedIdentityAssertion, SecretVersion, SigningCertificate } from '../secrets.ts'
import type { AuthoritySettings, ClientSettings } from '../settings.ts'
import {
  assertionAudience,
  assertionExpiresAt,
  AssertionPost,
  CertificateJwt,
} from './client-assertion.ts'
import { keep, type Kept } from './kept.ts'

const hourMs = 3_600_000
const minuteMs = 60_000

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

/** What a credential is read from, and where it tells of a new version. */
export interface ClientCredentialParts {
  readonly authority: Pick<AuthoritySettings, 'host'>
  readonly client: ClientSettings
  readonly readSecret: (name: string) => Promise<SecretVersion>
  readonly readCertificate: (name: string) => Promise<SigningCertificate>
  readonly managedIdentityAssertion: ManagedIdentityAssertion
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly write: WriteEvent
}

interface LoadedCredential {
  readonly authentication: ClientAuth
  /** The vault's version; undefined for an assertion, which is renewed all the time. */
  readonly version: string | undefined
  readonly freshMs: number
  readonly usableMs: number
}

/**
 * The credential of the kind that the settings name: kept about an hour, read once for all callers,
 * used on while the vault is away, and read at once where the provider refuses it.
 */
export function createClientCredential(parts: ClientCredentialParts): ClientCredential {
  const load = loaderOf(parts)
  const kept: Kept<LoadedCredential> = keep(
    async () => {
      const before = kept.current
      const loaded = await load()
      if (before === undefined || loaded.version === undefined) return loaded
      // The same version keeps its function, by which `reload` tells it from another one.
      if (loaded.version === before.version)
        return { ...loaded, authentication: before.authentication }
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
      return (await kept.get()).authentication
    },
    async reload(refused) {
      if (kept.current !== undefined && kept.current.authentication !== refused) return true
      return (await kept.reload()).authentication !== refused
    },
  }
}

function loaderOf(parts: ClientCredentialParts): () => Promise<LoadedCredential> {
  const { client, now } = parts
  const untilRotation = () => ({ freshMs: aboutAnHour(), usableMs: Infinity })
  switch (client.credential) {
    case 'secret': {
      const { secret } = client
      if (secret !== undefined) {
        const authentication = ClientSecretPost(secret)
        return async () => ({ authentication, version: '', freshMs: Infinity, usableMs: Infinity })
      }
      return async () => {
        const { value, version } = await parts.readSecret(client.secretName)
        return { authentication: secretPost(value), version, ...untilRotation() }
      }
    }
    case 'certificate':
      return async () => {
        const certificate = await parts.readCertificate(client.certificateName)
        const authentication = CertificateJwt(certificate, now)
        return { authentication, version: certificate.version, ...untilRotation() }
      }
    case 'federated':
      return async () => {
        const assertion = await parts.managedIdentityAssertion(assertionAudience(parts.authority))
        const usableMs = assertionExpiresAt(assertion) - now()
        const freshMs = Math.max(minuteMs, Math.min(usableMs - 5 * minuteMs, hourMs))
        return { authentication: AssertionPost(assertion), version: undefined, freshMs, usableMs }
      }
  }
}

function secretPost(value: string): ClientAuth {
  if (value === '' || value.trim() !== value)
    throw new BffError(
      'configuration_error',
      'the client secret in the vault is empty, or begins or ends with white space',
      { dependency: { name: 'vault', operation: 'readSecret' } },
    )
  return ClientSecretPost(value)
}

/** Spread, so that instances that started together do not read together. */
function aboutAnHour(): number {
  return hourMs * (0.9 + 0.2 * Math.random())
}
