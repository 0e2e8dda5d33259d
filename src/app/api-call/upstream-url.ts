import { maxQueryLength } from '../own-urls.ts'
import { BffError } from '../../base/errors.ts'
import type { Upstream } from '../../settings/upstreams.ts'

/**
 * The URL of an API call: the base of the settings, the path rebuilt from its checked segments, the
 * query as it was sent. `path` is the route's, decoded once by the host, so that an escape still in
 * it is a slash, a doubly encoded character or no character at all: none can be told apart, all are
 * refused. Throws `upstream_path_invalid`, and `invalid_parameter` for too long a query.
 */
export function upstreamUrl(upstream: Upstream, path: string, search: string): URL {
  if (search.length - 1 > maxQueryLength)
    throw new BffError('invalid_parameter', 'the query is too long', { parameter: 'query' })
  const segments = path === '' ? [] : path.split('/')
  if (!segments.every(isPlainSegment)) throw invalid('a segment of the path is not allowed')
  if (!isAllowed(segments, upstream.paths)) throw invalid('the path is not one of the allowed')
  const { url: base } = upstream
  const pathname = base.pathname + segments.map(encodeSegment).join('/')
  const url = new URL(base)
  url.pathname = pathname
  url.search = search
  // What the URL parser makes of it must be what was built: then it lies below the base.
  if (url.origin !== base.origin || url.pathname !== pathname)
    throw invalid('the path leaves the API')
  return url
}

/** Only the last segment may be empty: a trailing slash. */
function isPlainSegment(segment: string, at: number, all: readonly string[]): boolean {
  if (segment === '') return at === all.length - 1 && at > 0
  if (/[\\\p{Cc}\p{Cs}]|%[0-9a-f]{2}/iu.test(segment)) return false
  // Dots that a server may resolve after it has cut path parameters or blanks away.
  return !/^[.\s]*(;|$)/u.test(segment)
}

/** Allowed prefixes count by whole segments and in their own case. */
function isAllowed(segments: readonly string[], paths: readonly string[] | undefined): boolean {
  if (paths === undefined) return true
  return paths.some((path) => path.split('/').every((part, at) => segments[at] === part))
}

/** Percent-encodes what RFC 3986 §3.3 does not allow in a segment, and nothing else. */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(/%(24|26|2B|2C|3A|3B|3D|40)/g, decodeURIComponent)
}

function invalid(message: string): BffError {
  return new BffError('upstream_path_invalid', message)
}
