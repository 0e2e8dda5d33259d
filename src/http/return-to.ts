import { BffError } from '../errors.ts'

const maxDecodedLength = 2048
const maxEncodedLength = 4096
/** Our own endpoints that a person must not land on: they would loop or sign out. */
const forbiddenPaths = /^\/auth\/(?:login|logout|callback)(?:\/|$)/i

/** Where a person may be sent: our own origin first, then the allowed ones. */
export interface ReturnToPolicy {
  readonly origins: readonly string[]
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
  const url = parse(reference, policy.origins)
  if (url === undefined || !isAllowed(url, policy.origins))
    throw new BffError('invalid_return_to', '"returnTo" leaves this app')
  return url
}

/** Adds a parameter to a URL's query and keeps its fragment. */
export function withParameter(url: URL, name: string, value: string): URL {
  const extended = new URL(url)
  extended.searchParams.set(name, value)
  return extended
}

function parse(reference: string, origins: readonly string[]): URL | undefined {
  if (reference.length > maxDecodedLength || !isPlain(reference)) return undefined
  const [ownOrigin] = origins
  return URL.canParse(reference, ownOrigin) ? new URL(reference, ownOrigin) : undefined
}

/** Controls, blanks and backslashes are read differently by different parsers; so are bare schemes. */
function isPlain(reference: string): boolean {
  if (!/^[\x21-\x5b\x5d-\x7e\u0080-\uffff]+$/.test(reference)) return false
  const authority = /^https?:\/\/([^/?#]*)/.exec(reference)?.[1]
  if (authority === undefined) return reference.startsWith('/')
  return /^[\x21-\x7e]+$/.test(authority)
}

function isAllowed(url: URL, origins: readonly string[]): boolean {
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    origins.includes(url.origin) &&
    !url.pathname.startsWith('//') &&
    !(url.origin === origins[0] && forbiddenPaths.test(decodePath(url.pathname))) &&
    url.href.length <= maxEncodedLength
  )
}

/** The platform decodes paths once before it matches routes, and takes a trailing slash. */
function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return pathname
  }
}
