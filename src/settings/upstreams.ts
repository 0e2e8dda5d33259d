import * as v from 'valibot'
import { mayTravel } from '../base/api-headers.ts'
import { isLinkLocal } from './addresses.ts'
import { secureUrlFormat } from './formats.ts'

/** Every method that the proxy can pass on. */
export const upstreamMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
const mebibyte = 1024 * 1024

const pathPrefix = v.pipe(
  v.string(),
  v.regex(/^[\w.~-]+(?:\/[\w.~-]+)*$/, 'paths must be relative, like "me" or "users/list"'),
  v.check(
    (path) => !path.split('/').some((part) => /^\.+$/.test(part)),
    'paths must not have dots',
  ),
)

const headerNames = v.optional(
  v.array(
    v.pipe(
      v.string(),
      v.toLowerCase(),
      v.check(mayTravel, 'is not a header that may travel: no cookie, credential or hop-by-hop'),
    ),
  ),
  [],
)

const upstreamSchema = v.strictObject({
  url: v.pipe(
    secureUrlFormat,
    v.check((url) => !isLinkLocal(url), 'must not be a link-local address'),
  ),
  scopes: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'a scope has no spaces'))),
    v.minLength(1, 'scopes must not be empty'),
  ),
  methods: v.optional(
    v.pipe(v.array(v.picklist(upstreamMethods)), v.minLength(1, 'methods must not be empty')),
    [...upstreamMethods],
  ),
  paths: v.optional(v.array(pathPrefix)),
  timeoutSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(200)), 30),
  maxBodyBytes: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(50 * mebibyte)),
    10 * mebibyte,
  ),
  continuousAccess: v.optional(v.boolean(), false),
  requestHeaders: headerNames,
  responseHeaders: headerNames,
  locations: v.optional(v.array(secureUrlFormat), []),
})

/** An API that the proxy may call for the user. */
export interface Upstream {
  readonly name: string
  /** Its base, always with a trailing slash. */
  readonly url: URL
  readonly scopes: readonly string[]
  readonly methods: readonly string[]
  /** Allowed path prefixes below `url`; undefined: all. */
  readonly paths: readonly string[] | undefined
  readonly timeoutSeconds: number
  readonly maxBodyBytes: number
  /** Whether its tokens declare the capability `cp1`: it may then revoke them by a claims challenge. */
  readonly continuousAccess: boolean
  /** Headers that travel beside the usual ones, in lower case. */
  readonly requestHeaders: readonly string[]
  readonly responseHeaders: readonly string[]
  /** Where a `Location` of work that is done may lead besides; each with a trailing slash. */
  readonly locations: readonly URL[]
}

/** JSON of `UPSTREAMS`: name → `{url, scopes, methods?, paths?, timeoutSeconds?, …}`, all of `Upstream`. */
export const upstreamsFormat = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const json = parseJson(dataset.value)
    if (Array.isArray(json)) {
      addIssue({ message: 'must be a JSON object of APIs' })
      return NEVER
    }
    const parsed = v.safeParse(
      v.record(
        v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'names look like "graph"')),
        upstreamSchema,
      ),
      json,
    )
    if (!parsed.success) {
      addIssue({ message: describe(parsed.issues[0]) })
      return NEVER
    }
    return Object.entries(parsed.output).map(([name, upstream]): Upstream => ({
      ...upstream,
      name,
      url: withTrailingSlash(upstream.url),
      paths: upstream.paths,
      locations: upstream.locations.map(withTrailingSlash),
    }))
  }),
)

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  const rule = issue.message.startsWith('Invalid') ? 'is not of the right kind' : issue.message
  return path === null ? 'must be a JSON object of APIs' : `"${path}": ${rule}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function withTrailingSlash(url: URL): URL {
  return url.pathname.endsWith('/') ? url : new URL(`${url.href}/`)
}
