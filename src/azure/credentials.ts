import type { AccessToken, TokenCredential } from '@azure/identity'
import { BffError } from '../base/errors.ts'
import type { ManagedIdentityAssertion } from '../base/secrets.ts'
import { throwTimedOut, withDeadline } from '../base/deadline.ts'
import { describeFault } from './sdk-errors.ts'

/** A token is asked for anew this long before it ends. */
const renewBeforeMs = 5 * 60_000

const assertionTimeoutMs = 5_000

/** Storage and vault calls that need a token first wait for one no longer than this. */
const tokenTimeoutMs = 8_000

/** One request for a token, whoever still waits for it. */
const requestTimeoutMs = 20_000

/**
 * The credential of this app for Azure, loaded when first called: `@azure/identity` is the largest of
 * the SDKs. On Azure (`IDENTITY_ENDPOINT`) it is the managed identity, `AZURE_CLIENT_ID` telling which;
 * elsewhere whoever is signed in to the Azure CLI, `azd` or Azure PowerShell.
 */
export function createTokenCredential(
  env: Readonly<Record<string, string | undefined>>,
): () => Promise<TokenCredential> {
  let loading: Promise<TokenCredential> | undefined
  return () =>
    (loading ??= loadCredential(env).catch((error: unknown) => {
      loading = undefined
      throw error
    }))
}

/**
 * The managed identity's token as client assertion (RFC 7523 §2.2; Microsoft: configure an application
 * to trust a managed identity). Throws `identity_provider_unavailable` where none comes within 5 s.
 */
export function createManagedIdentityAssertion(
  tokenCredential: () => Promise<TokenCredential>,
): ManagedIdentityAssertion {
  return async (audience) => {
    const startedAt = performance.now()
    try {
      const token = await withDeadline(
        assertionTimeoutMs,
        async () => (await tokenCredential()).getToken(`${audience}/.default`),
        throwTimedOut,
      )
      if (token === null) throw new Error('no token')
      return token.token
    } catch (error) {
      const message = `"managed_identity_token" failed: ${describeFault(error).reason}`
      throw new BffError('identity_provider_unavailable', message, {
        dependency: {
          name: 'identity_provider',
          operation: 'managed_identity_token',
          durationMs: Math.round(performance.now() - startedAt),
        },
      })
    }
  }
}

/** Loads the real credential with the first token that is asked for, and bounds the wait for each. */
export function lazyCredential(load: () => Promise<TokenCredential>): TokenCredential {
  return {
    getToken: (scopes, options) =>
      withDeadline(
        tokenTimeoutMs,
        async () => (await load()).getToken(scopes, options),
        throwTimedOut,
      ),
  }
}

async function loadCredential(
  env: Readonly<Record<string, string | undefined>>,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity')
  const clientId = env['AZURE_CLIENT_ID']
  if (env['IDENTITY_ENDPOINT'])
    return cacheTokens(new identity.ManagedIdentityCredential(clientId ? { clientId } : {}))
  return cacheTokens(
    new identity.ChainedTokenCredential(
      new identity.AzureCliCredential(),
      new identity.AzureDeveloperCliCredential(),
      new identity.AzurePowerShellCredential(),
    ),
  )
}

/**
 * Keeps tokens by scope, and lets callers at the same time share one request: the SDK's clients keep
 * theirs one by one, and a command-line credential starts a process for each. A caller that gives up
 * does not end the request, so that the next one finds its token.
 */
function cacheTokens(credential: TokenCredential): TokenCredential {
  const kept = new Map<string, CachedToken>()
  return {
    getToken(scopes, options = {}) {
      const key = JSON.stringify([scopes, options.enableCae, options.tenantId])
      const known = kept.get(key)
      // Claims come with a refusal of the token that is kept.
      if (known !== undefined && options.claims === undefined && known.freshUntil > Date.now())
        return known.token
      // In place of the caller's signal: the SDK itself would wait for an answer for ever.
      const shared = { ...options, abortSignal: AbortSignal.timeout(requestTimeoutMs) }
      const asked = {
        token: credential.getToken(scopes, shared),
        freshUntil: Date.now() + requestTimeoutMs,
      }
      kept.set(key, asked)
      void noteEnd(asked)
      return asked.token
    },
  }
}

/** A token, or one that is on its way. */
interface CachedToken {
  readonly token: Promise<AccessToken | null>
  /** Milliseconds since 1970; until the token has arrived, when the request is given up. */
  freshUntil: number
}

async function noteEnd(kept: CachedToken): Promise<void> {
  try {
    const token = await kept.token
    kept.freshUntil = (token?.expiresOnTimestamp ?? 0) - renewBeforeMs
  } catch {
    kept.freshUntil = 0
  }
}
