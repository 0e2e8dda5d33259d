import { BffError } from '../../base/errors.ts'
import type { LoginFailureReason } from '../../base/login-failures.ts'
import { isJsonObject, parseJsonObject } from '../../base/json.ts'
import type { OutgoingFetch } from '../../outgoing/outgoing-fetch.ts'
import type { DiscoveredProvider } from '../discovery/discovery.ts'
import type { UncheckedIdToken } from './id-token-text.ts'
import { expectedIssuer } from '../discovery/issuer.ts'
import { cacheValue, type CachedValue } from '../../base/cached-value.ts'
import { getDocument, unavailable } from '../discovery/provider-call.ts'
import { createSigningKey, type SigningKey } from './signing-key.ts'

const hourMs = 3_600_000
const refetchPauseMs = 30_000

/** The provider's signing keys. */
export interface SigningKeys {
  /**
   * Checks the signature of an ID token, and that its key may sign for its issuer. Throws
   * `login_failed`, or `identity_provider_unavailable` where the keys cannot be had.
   */
  verify(idToken: UncheckedIdToken): Promise<void>
}

type KeySet = readonly SigningKey[]

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
    async verify(idToken) {
      const keySet = await cached.get()
      const key = keyFor(keySet, idToken) ?? keyFor((await newerThan(keySet)) ?? [], idToken)
      if (key === undefined)
        throw invalid('signing_key_unknown', 'no key of the provider fits the ID token')
      if (!key.verifies(idToken.signed, idToken.signature))
        throw invalid('signature_invalid', 'the signature of the ID token is wrong')
      checkKeyIssuer(key, idToken)
    },
  }
}

async function fetchKeys(
  parts: { readonly fetch: OutgoingFetch; readonly now: () => number },
  server: DiscoveredProvider['server'],
): Promise<KeySet> {
  const response = await getDocument(parts, 'jwks', server.jwks_uri ?? '')
  const keys = parseJsonObject(new Uint8Array(await response.arrayBuffer()))?.['keys']
  // Without any key it is an outage: the keys known so far are better.
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isJsonObject))
    throw unavailable({ name: 'identity_provider', operation: 'jwks', status: 200 }, 5)
  return keys.map(createSigningKey)
}

/** The one key that may have signed; undefined where none may, or several without a key id. */
function keyFor(keySet: KeySet, { kid }: UncheckedIdToken): SigningKey | undefined {
  const candidates = keySet.filter(
    (key) => key.isForSignatures && (kid === undefined || key.kid === kid),
  )
  return candidates.length === 1 ? candidates[0] : undefined
}

/**
 * A key may name the issuer it signs for; another tenant's key must not sign here
 * (learn.microsoft.com/entra/identity-platform/access-tokens, "Validate the signing key issuer").
 */
function checkKeyIssuer({ issuer }: SigningKey, { claims }: UncheckedIdToken): void {
  if (issuer === undefined) return
  const expected = typeof issuer === 'string' ? expectedIssuer(issuer, claims['tid']) : ''
  if (expected !== claims['iss'])
    throw invalid('key_issuer_mismatch', 'the signing key is of another issuer')
}

function invalid(loginFailure: LoginFailureReason, message: string): BffError {
  return new BffError('login_failed', message, { loginFailure })
}
