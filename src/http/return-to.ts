import { BffError } from '../base/errors.ts'
import { type Landings, resolveLanding } from '../settings/landing.ts'

/** Where a person may be sent. */
export interface ReturnToPolicy extends Landings {
  readonly defaultReturnTo: URL
}

/**
 * Checks a returnTo from outside and gives the parsed, absolute URL (RFC 9700 §4.11). Use the URL,
 * never the text, nor path and query put together again: "/..//host" is a path until it is
 * normalized to "//host". Throws `invalid_return_to`.
 */
export function resolveReturnTo(reference: string | null | undefined, policy: ReturnToPolicy): URL {
  if (reference === null || reference === undefined || reference === '')
    return policy.defaultReturnTo
  const url = resolveLanding(reference, policy)
  if (url === undefined) throw new BffError('invalid_return_to', '"returnTo" leaves this app')
  return url
}

/**
 * Where a stored returnTo leads now: it was checked when it was stored, but the settings may have
 * changed since; then it is the default.
 */
export function storedReturnTo(href: string | undefined, policy: ReturnToPolicy): URL {
  const url = href === undefined ? undefined : resolveLanding(href, policy)
  return url ?? policy.defaultReturnTo
}

/** Adds a parameter to a URL's query and keeps its fragment. */
export function withParameter(url: URL, name: string, value: string): URL {
  const extended = new URL(url)
  extended.searchParams.set(name, value)
  return extended
}
