import { createHash } from 'node:crypto'
import { type ClientAuth, ClientSecretPost } from 'oauth4webapi'
import { BffError } from '../../base/errors.ts'
import type { WriteEvent } from '../../base/events.ts'
import type {
  ManagedIdentityAssertion,
  SecretVersion,
  SigningCertificate,
} from '../../base/secrets.ts'
import type { AuthoritySettings, ClientSettings, CredentialKind } from '../../settings/settings.ts'
import {
  assertionAudience,
  assertionExpiresAt,
  AssertionPost,
  CertificateJwt,
} from './client-assertion.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

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

/** A credential as it was read, and how long it is good for. */
export interface LoadedCredential {
  readonly authentication: ClientAuth
  /** Tells one credential from another: the vault's version, or the hash of an assertion. */
  readonly identity: string
  /** The vault's version; undefined for an assertion, which is renewed all the time. */
  readonly version: string | undefined
  readonly freshMs: number
  /** How long it may be used while it cannot be read again. */
  readonly usableMs: number
}

type CredentialLoader = (parts: ClientCredentialParts) => () => Promise<LoadedCredential>

/** How a credential of each kind is read. Throw `vault_unavailable` or `configuration_error`. */
export const credentialLoaders: Readonly<Record<CredentialKind, CredentialLoader>> = {
  secret: (parts) => {
    const { secret, secretName } = parts.client
    if (secret !== undefined) {
      const authentication = ClientSecretPost(secret)
      const forever = { freshMs: Infinity, usableMs: Infinity }
      return async () => ({ authentication, identity: '', version: '', ...forever })
    }
    return async () => {
      const { value, version } = await parts.readSecret(secretName)
      return { authentication: secretPost(value), identity: version, version, ...untilRotation() }
    }
  },
  certificate: (parts) => async () => {
    const certificate = await parts.readCertificate(parts.client.certificateName)
    const authentication = CertificateJwt(certificate, parts.now)
    const { version } = certificate
    return { authentication, identity: version, version, ...untilRotation() }
  },
  federated: (parts) => async () => {
    const assertion = await parts.managedIdentityAssertion(assertionAudience(parts.authority))
    const usableMs = assertionExpiresAt(assertion) - parts.now()
    const freshMs = Math.max(minuteMs, Math.min(usableMs - 5 * minuteMs, hourMs))
    const identity = createHash('sha256').update(assertion).digest('base64url')
    const authentication = AssertionPost(assertion)
    return { authentication, identity, version: undefined, freshMs, usableMs }
  },
}

function secretPost(value: string): ClientAuth {
  if (value === '' || value.trim() !== value)
    throw new BffError(
      'configuration_error',
      'the client secret in the vault is empty, or begins or ends with white space',
      { dependency: { name: 'vault', operation: 'read_secret' } },
    )
  return ClientSecretPost(value)
}

/** About an hour, so that instances that started together do not read together. */
function untilRotation() {
  return { freshMs: hourMs * (0.9 + 0.2 * Math.random()), usableMs: Infinity }
}
