/** Of path, query and fragment, percent-encoding undone: the same before and after parsing. */
const maxDecodedLength = 2048
/** Of the whole URL as it is sent. */
const maxEncodedLength = 4096
/** Endpoints of ours that a person must not land on: they would loop or sign out. */
const forbiddenEndpoints = /^(?:login|logout|callback)(?:\/|$)/

/** Where a person may land. */
export interface Landings {
  /** Our own first. */
  readonly origins: readonly string[]
  /** Where our own endpoints lie, without slashes at its ends. */
  readonly authPath: string
}

/**
 * Parses where a person may be sent, and gives the absolute URL only if it lies on one of the origins
 * (our own first) and is none of the endpoints that would loop or sign out. What it gives is itself
 * accepted, so that it can be stored and checked again.
 */
export function resolveLanding(reference: string, landings: Landings): URL | undefined {
  const url = parse(reference, landings.origins)
  return url !== undefined && isAllowed(url, landings) ? url : undefined
}

function parse(reference: string, origins: readonly string[]): URL | undefined {
  if (reference.length > maxEncodedLength || !isPlain(reference)) return undefined
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

function isAllowed(url: URL, { origins, authPath }: Landings): boolean {
  return (
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    origins.includes(url.origin) &&
    !url.pathname.startsWith('//') &&
    !(url.origin === origins[0] && isForbidden(decoded(url.pathname), authPath)) &&
    url.href.length <= maxEncodedLength &&
    decoded(url.pathname + url.search + url.hash).length <= maxDecodedLength
  )
}

/** The platform matches paths without regard to case. */
function isForbidden(path: string, authPath: string): boolean {
  const lower = path.toLowerCase()
  const base = `/${authPath}/`
  return lower.startsWith(base) && forbiddenEndpoints.test(lower.slice(base.length))
}

/** The platform decodes paths once before it matches routes, and takes a trailing slash. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
