import { refreshTokenGrantRequest } from 'oauth4webapi'
import { withDeadline } from '../../base/deadline.ts'
import { BffError } from '../../base/errors.ts'
import { refreshOutcomeOf } from '../errors/error-map.ts'
import {
  type GrantParts,
  tokenRequestMs,
  requestTokens,
  type TokenResult,
} from './token-endpoint.ts'
import type { IdTokenClaims } from '../id-token/id-token-claims.ts'
import { type IdTokenToValidate, validateIdToken } from '../id-token/id-token-validation.ts'
import { diagnosticsOf } from '../errors/provider-error.ts'
import type { ExpectedSubject, RenewalOutcome, RenewalRequest } from '../../renewal/outcome.ts'
import type { TokenSet } from './token-response.ts'

/**
 * Refreshes (RFC 6749 §6) for one resource. A new ID token must be of the same subject; whatever
 * the provider, the network or the vault did wrong is an outcome, not an error. Credential, both
 * tries and signing keys together end in time: what came until then is not lost.
 */
export async function refreshTokens(
  parts: GrantParts,
  request: RenewalRequest,
): Promise<RenewalOutcome> {
  const endsAt = performance.now() + request.timeoutMs
  const left = () => endsAt - performance.now()
  const answer = await withDeadline(
    left(),
    () => ask(parts, request),
    () => undefined,
  )
  if (answer === undefined) return late('token')
  if (answer.result.kind !== 'tokens') return outcomeOf(answer.result, request)
  const { tokens, idToken, skewSeconds } = answer.result
  if (idToken === undefined) return { kind: 'refreshed', tokens }
  const checked = await withDeadline(
    left(),
    () => checkSubject(parts, request, { ...answer, tokens, idToken, skewSeconds }),
    () => late('jwks'),
  )
  return keepRotated(checked, tokens)
}

async function ask(parts: GrantParts, request: RenewalRequest) {
  const deadline = parts.now() + tokenRequestMs
  const provider = await parts.discovery.get()
  const { metadata, server } = provider
  const result = await requestTokens(parts, { metadata, deadline }, (authentication, options) =>
    refreshTokenGrantRequest(
      server,
      { client_id: parts.client.id },
      authentication,
      request.refreshToken,
      {
        ...options,
        additionalParameters: {
          scope: request.scopes.join(' '),
          ...(request.claims !== undefined && { claims: request.claims }),
        },
      },
    ),
  )
  return { provider, result }
}

async function checkSubject(
  parts: GrantParts,
  request: RenewalRequest,
  answer: Pick<IdTokenToValidate, 'provider' | 'tokens' | 'idToken' | 'skewSeconds'>,
): Promise<RenewalOutcome> {
  const { tokens } = answer
  const token = { ...answer, clientId: parts.client.id, now: parts.now() }
  try {
    const claims = await validateIdToken({ ...token, nonce: undefined }, parts.keys)
    return isSameSubject(claims, request.expected)
      ? { kind: 'refreshed', tokens, claims }
      : { kind: 'ended', reason: 'subject_mismatch', idp: {} }
  } catch (error) {
    return outcomeOfError(error)
  }
}

function late(operation: 'token' | 'jwks'): RenewalOutcome {
  const dependency = { name: 'identity_provider', operation } as const
  return { kind: 'failed', code: 'identity_provider_unavailable', dependency }
}

/** A provider that rotates refresh tokens takes the old one no more. */
function keepRotated(outcome: RenewalOutcome, { refreshToken }: TokenSet): RenewalOutcome {
  return outcome.kind === 'failed' && refreshToken !== undefined
    ? { ...outcome, refreshToken }
    : outcome
}

/** A clock is put right by the platform, not by asking again at once. */
const skewRetrySeconds = 30

const keysFailed = { name: 'identity_provider', operation: 'jwks' } as const

/** The outcome that an error thrown on the way means; what is no BffError is a mistake of ours. */
export function outcomeOfError(error: unknown): RenewalOutcome {
  if (!(error instanceof BffError)) throw error
  const { code, details } = error
  if (details.skewSeconds !== undefined) return skewed(details.skewSeconds)
  // Keys that lag behind are the provider's fault: only a wrong signature or claim ends a session.
  if (details.loginFailure === 'signing_key_unknown')
    return { kind: 'failed', code: 'identity_provider_unavailable', dependency: keysFailed }
  if (code === 'login_failed') return { kind: 'ended', reason: 'id_token_invalid', idp: {} }
  if (
    code !== 'identity_provider_unavailable' &&
    code !== 'configuration_error' &&
    code !== 'vault_unavailable'
  )
    throw error
  const { retryAfterSeconds, dependency } = details
  return {
    kind: 'failed',
    code,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(dependency !== undefined && { dependency }),
  }
}

/** Times that do not fit say something of clocks, and nothing of who sent the token. */
function skewed(skewSeconds: number): RenewalOutcome {
  return {
    kind: 'failed',
    code: 'identity_provider_unavailable',
    retryAfterSeconds: skewRetrySeconds,
    skewSeconds,
    dependency: { name: 'identity_provider', operation: 'id_token' },
  }
}

function outcomeOf(
  result: Exclude<TokenResult, { kind: 'tokens' }>,
  { forApi }: RenewalRequest,
): RenewalOutcome {
  if (result.kind === 'refused') {
    const outcome = refreshOutcomeOf(result.error, forApi)
    if (outcome.kind !== 'failed') return outcome
    return { ...outcome, retryAfterSeconds: result.retryAfterSeconds, dependency: result.call }
  }
  if (result.kind === 'unusable') {
    const { refreshToken, call } = result
    const kept = refreshToken === undefined ? {} : { refreshToken }
    return { kind: 'failed', code: 'identity_provider_error', dependency: call, ...kept }
  }
  return {
    kind: 'failed',
    code: 'identity_provider_unavailable',
    retryAfterSeconds: result.kind === 'unavailable' ? result.retryAfterSeconds : 5,
    ...(result.kind === 'unavailable' && result.error && { idp: diagnosticsOf(result.error) }),
    dependency: result.call,
  }
}

function isSameSubject(claims: IdTokenClaims, expected: ExpectedSubject): boolean {
  return (
    claims.iss === expected.iss &&
    claims.sub === expected.sub &&
    claims.tid === expected.tid &&
    (claims.nonce === undefined || claims.nonce === expected.nonce)
  )
}
