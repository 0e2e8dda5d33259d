import {
  allowInsecureRequests,
  type AuthorizationServer,
  customFetch,
  type JWK,
  KEY_SELECTION,
  OperationProcessingError,
  validateApplicationLevelSignature,
} from 'oauth4webapi'
import { BffError } from '../../base/errors.ts'
import { isJsonObject, parseJsonObject } from '../../base/json.ts'
import type { OutgoingFetch } from '../../outgoing/outgoing-fetch.ts'
import type { DiscoveredProvider } from '../discovery/discovery.ts'
import type { UncheckedIdToken } from './id-token-text.ts'
import { expectedIssuer } from '../discovery/issuer.ts'
import { cacheValue, type CachedValue } from '../../base/cached-value.ts'
import { isLoopback } from '../../settings/formats.ts'
import { getDocument, unavailable } from '../discovery/provider-call.ts'

const hourMs = 3_600_000
const refetchPauseMs = 30_000

/** The provider's signing keys. */
export interface SigningKeys {
  /**
   * Checks the signature of the ID token in `processed`, a response that the OAuth library has
   * processed, and that its key may sign for its issuer. Throws `login_failed`, or
   * `identity_provider_unavailable` where the keys cannot be had.
   */
  verify(processed: Response, idToken: UncheckedIdToken): Promise<void>
}

interface KeySet {
  readonly keys: readonly (JWK & { readonly issuer?: unknown })[]
  readonly json: string
  /** A copy for each set: the library keeps parsed and imported keys with it. */
  readonly server: AuthorizationServer
}

/**
 * The keys at `jwks_uri`, cached for 1 h, used up to 24 h while the provider is away. A key that is
 * not among them is looked for once more, at most every 30 s, and at once after an ordinary load
 * (learn.microsoft.com/entra/identity-platform/signing-key-rollover).
 */
export function createSigningKeys(parts: {
  readonly discovery: CachedValue<DiscoveredProvider>
  readonly fetch: OutgoingFetch
  readonly now: () => number
}): SigningKeys {
  let refetching: Promise<KeySet> | undefined
  let nextRefetchAt = 0
  const load = async (): Promise<KeySet> => {
    const { server } = await parts.discovery.get()
    const keySet = await fetchKeys(parts, server)
    if (refetching === undefined) nextRefetchAt = 0
    return keySet
  }
  const cached = cacheValue(load, {
    now: parts.now,
    freshMs: () => hourMs,
    staleMs: () => 24 * hourMs,
    retryMs: refetchPauseMs,
  })

  const newerThan = async (seen: KeySet): Promise<KeySet | undefined> => {
    if (cached.current !== seen) return cached.current
    if (refetching === undefined) {
      if (parts.now() < nextRefetchAt) return undefined
      nextRefetchAt = parts.now() + refetchPauseMs
      refetching = cached.reload().finally(() => (refetching = undefined))
    }
    return refetching
  }

  return {
    async verify(processed, idToken) {
      const keySet = await cached.get()
      if (await isSigned(keySet, processed)) return checkKeyIssuer(keySet, idToken)
      const newer = await newerThan(keySet)
      if (newer === undefined || !(await isSigned(newer, processed)))
        throw new BffError('login_failed', 'no key of the provider fits the ID token', {
          loginFailure: 'signing_key_unknown',
        })
      checkKeyIssuer(newer, idToken)
    },
  }
}

async function fetchKeys(
  parts: { readonly fetch: OutgoingFetch; readonly now: () => number },
  server: AuthorizationServer,
): Promise<KeySet> {
  const response = await getDocument(parts, 'jwks', server.jwks_uri ?? '')
  const json = await response.text()
  const keys = keysOf(json)
  if (keys === undefined)
    throw unavailable({ name: 'identity_provider', operation: 'jwks', status: 200 }, 5)
  return { keys, json, server: { ...server } }
}

function keysOf(json: string): KeySet['keys'] | undefined {
  const keys = parseJsonObject(Buffer.from(json))?.['keys']
  // Without any key it is an outage: the keys known so far are better.
  const usable = Array.isArray(keys) && keys.length > 0 && keys.every(isJsonObject)
  return usable ? keys : undefined
}

/** False where no key of the set fits; throws where one does and the signature is wrong. */
async function isSigned({ json, server }: KeySet, processed: Response): Promise<boolean> {
  try {
    await validateApplicationLevelSignature(server, processed, {
      [customFetch]: async () =>
        new Response(json, { headers: { 'content-type': 'application/json' } }),
      [allowInsecureRequests]: isLoopback(new URL(server.jwks_uri ?? '')),
    })
    return true
  } catch (error) {
    if (error instanceof OperationProcessingError && error.code === KEY_SELECTION) return false
    throw invalid('the signature of the ID token is wrong')
  }
}

/**
 * A key may name the issuer it signs for; another tenant's key must not sign here
 * (learn.microsoft.com/entra/identity-platform/access-tokens, "Validate the signing key issuer").
 */
function checkKeyIssuer({ keys }: KeySet, { kid, claims }: UncheckedIdToken): void {
  for (const key of keys) {
    if ((kid !== undefined && key.kid !== kid) || key.issuer === undefined) continue
    const issuer = typeof key.issuer === 'string' ? expectedIssuer(key.issuer, claims['tid']) : ''
    if (issuer !== claims['iss'])
      throw new BffError('login_failed', 'the signing key is of another issuer', {
        loginFailure: 'key_issuer_mismatch',
      })
  }
}

function invalid(message: string): BffError {
  return new BffError('login_failed', message, { loginFailure: 'signature_invalid' })
}
