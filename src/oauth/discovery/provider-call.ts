import { BffError, type ErrorDetails } from '../../base/errors.ts'
import type { DependencyFailure } from '../../base/events.ts'
import { OutgoingError, type OutgoingFetch } from '../../outgoing/outgoing-fetch.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import { retryAfterSeconds } from '../../base/retry-after.ts'

const timeoutMs = 5000
const maxBytes = 256 * 1024

/**
 * Gets one of the provider's public documents. Anything but a 200 throws
 * `identity_provider_unavailable`, and `configuration_error` where there is no such document.
 */
export async function getDocument(
  parts: { readonly fetch: OutgoingFetch; readonly now: () => number },
  operation: 'discovery' | 'jwks',
  url: string | URL,
): Promise<OutgoingAnswer> {
  const startedAt = parts.now()
  const failure = (status?: number): DependencyFailure => ({
    name: 'identity_provider',
    operation,
    ...(status !== undefined && { status }),
    durationMs: parts.now() - startedAt,
  })
  let response: OutgoingAnswer
  try {
    const headers = { accept: 'application/json, application/jwk-set+json' }
    response = await parts.fetch(url, { headers, timeoutMs, maxBytes })
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error
    throw unavailable(failure(), retryAfterSeconds(null, 0), { cause: error })
  }
  if (response.status === 200) return response
  // Entra answers 400 to an unknown tenant (AADSTS90002) and 404 to a path that it does not know.
  if (operation === 'discovery' && (response.status === 400 || response.status === 404))
    throw misconfigured('the authority has no such tenant', failure(response.status))
  const wait = retryAfterSeconds(response.headers.get('retry-after'), parts.now())
  throw unavailable(failure(response.status), wait)
}

/** The provider gave something that this app must not use. */
export function misconfigured(message: string, dependency: DependencyFailure): BffError {
  return new BffError('configuration_error', message, {
    loginFailure: 'dependency_failed',
    dependency,
  })
}

/** The provider gave nothing of use; trying again later may help. */
export function unavailable(
  dependency: DependencyFailure,
  retryAfterSeconds: number,
  more: Pick<ErrorDetails, 'cause' | 'idp'> = {},
): BffError {
  const message = `the identity provider's ${dependency.operation} did not answer`
  return new BffError('identity_provider_unavailable', message, {
    loginFailure: 'dependency_failed',
    retryAfterSeconds,
    dependency,
    ...more,
  })
}
