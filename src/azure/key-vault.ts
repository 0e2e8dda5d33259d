import { type KeyVaultSecret, SecretClient, type SecretProperties } from '@azure/keyvault-secrets'
import type { TokenCredential } from '@azure/identity'
import type { SecretVersion, Vault } from '../base/secrets.ts'
import { isLoopback } from '../settings/addresses.ts'
import { throwTimedOut, withDeadline } from '../base/deadline.ts'
import { createSdkHttpClient } from './sdk-http-client.ts'
import { lazyCredential } from './credentials.ts'
import { signingCertificate } from './vault-certificate.ts'
import { vaultContentError, vaultError } from './vault-errors.ts'

/** One call with its challenge, token and repetitions ends within this. */
const callTimeoutMs = 5_000

const httpBounds = { tryMs: 2_500, totalMs: callTimeoutMs, maxRetries: 2 }

/** Of a secret that is rotated often only so many versions are read. */
const maxVersions = 10

/**
 * Key Vault at `url`. A vault on loopback is an emulator: it may be http, its challenge names
 * Azure's resource, and it never gets a token of Azure.
 */
export function createVault(
  url: URL,
  tokenCredential: () => Promise<TokenCredential>,
  now: () => number = Date.now,
): Vault {
  const local = isLoopback(url)
  const credential = local ? emulatorCredential : lazyCredential(tokenCredential)
  const clientOptions = {
    httpClient: createSdkHttpClient(httpBounds),
    retryOptions: { maxRetries: 0 },
    allowInsecureConnection: local,
    disableChallengeResourceVerification: local,
  }
  const client = new SecretClient(url.origin, credential, clientOptions)
  return {
    readSecret: (name) =>
      call('read_secret', async (abortSignal) =>
        toVersion(await client.getSecret(name, { abortSignal }), 'read_secret'),
      ),
    listSecretVersions: (name) =>
      call('list_secret_versions', (signal) => readVersions(client, { name, now, signal })),
    readCertificate: (name) =>
      call('read_certificate', async (abortSignal) => {
        const secret = await client.getSecret(name, { abortSignal })
        const { version = '', certificateKeyId } = secret.properties
        const keyId = certificateKeyId ?? `${url.origin}/keys/${name}/${version}`
        return signingCertificate(secret.value ?? '', version, (digest) =>
          call('sign', async (abortSignal) => {
            // Loaded only for a key that never leaves the vault.
            const { CryptographyClient } = await import('@azure/keyvault-keys')
            const signer = new CryptographyClient(keyId, credential, clientOptions)
            return (await signer.sign('PS256', digest, { abortSignal })).result
          }),
        )
      }),
  }
}

/** The emulator asks for a token to play the challenge, and takes any. */
const emulatorCredential: TokenCredential = {
  getToken: () =>
    Promise.resolve({ token: 'emulator', expiresOnTimestamp: Date.now() + 24 * 3600_000 }),
}

async function call<Result>(
  operation: string,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now()
  try {
    return await withDeadline(callTimeoutMs, work, throwTimedOut)
  } catch (error) {
    throw vaultError(error, operation, Math.round(performance.now() - startedAt))
  }
}

async function readVersions(
  client: SecretClient,
  { name, now, signal }: { name: string; now: () => number; signal: AbortSignal },
): Promise<SecretVersion[]> {
  const usable: SecretProperties[] = []
  const options = { abortSignal: signal }
  for await (const properties of client.listPropertiesOfSecretVersions(name, options)) {
    const { enabled = true, expiresOn } = properties
    if (enabled && (expiresOn === undefined || expiresOn.getTime() > now())) usable.push(properties)
  }
  if (usable.length === 0)
    throw vaultContentError('list_secret_versions', 'the secret has no version that is enabled')
  const newest = usable.sort(byAge).slice(-maxVersions)
  return Promise.all(
    newest.map(async ({ version = '' }) =>
      toVersion(await client.getSecret(name, { ...options, version }), 'list_secret_versions'),
    ),
  )
}

/** Oldest first; the vault counts in seconds, so the version decides between equals everywhere alike. */
function byAge(a: SecretProperties, b: SecretProperties): number {
  const age = (a.createdOn?.getTime() ?? 0) - (b.createdOn?.getTime() ?? 0)
  return age === 0 ? ((a.version ?? '') < (b.version ?? '') ? -1 : 1) : age
}

function toVersion({ value, properties }: KeyVaultSecret, operation: string): SecretVersion {
  if (!value) throw vaultContentError(operation, 'the secret is empty')
  const { version = '', createdOn } = properties
  return { value, version, createdAt: createdOn?.getTime() ?? 0 }
}
