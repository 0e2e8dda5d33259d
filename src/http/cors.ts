import { requestHeaderGroups } from '../base/api-headers.ts'
import { header, type IncomingRequest } from './messages.ts'
import { empty } from './replies.ts'
import type { Reply } from './messages.ts'

/** Headers of ours that a page may send to every endpoint. */
const ownRequestHeaders = ['x-csrf', 'content-type', 'x-expected-user']
/** Headers of ours that a page of another origin may read. */
const ownResponseHeaders = ['x-correlation-id', 'retry-after', 'x-upstream']

/**
 * CORS headers (Fetch, §3.2) for an origin of the exact allow-list; nothing for any other. Answered
 * here, never by the platform's own list. `exposed` are headers of this answer beside our own.
 */
export function corsHeaders(
  request: IncomingRequest,
  origins: readonly string[],
  exposed: readonly string[] = [],
): Record<string, string> {
  const origin = request.headers.get('origin')
  if (origin === null || !origins.includes(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': listNames([...ownResponseHeaders, ...exposed]),
  }
}

/**
 * Answers a preflight without touching a session, storage or an upstream. What libraries add for
 * tracing is accepted everywhere: a call must not fail for it. `headers` are others of the endpoint.
 */
export function preflight(
  request: IncomingRequest,
  origins: readonly string[],
  methods: readonly string[],
  headers: readonly string[] = [],
): Reply {
  const allowed = corsHeaders(request, origins)['access-control-allow-origin']
  const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'
  if (allowed === undefined) return empty(204, { vary })
  return empty(204, {
    vary,
    'access-control-allow-origin': allowed,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': listNames([
      ...ownRequestHeaders,
      ...headers,
      ...requestHeaderGroups.tracing,
      ...clientTelemetry(request),
    ]),
    'access-control-max-age': '7200',
  })
}

/** Azure's SDKs for browsers name themselves by headers of this kind; none of them is a credential. */
function clientTelemetry(request: IncomingRequest): string[] {
  const asked = header(request, 'access-control-request-headers') ?? ''
  return asked
    .toLowerCase()
    .split(/ *, */)
    .filter((name) => /^x-ms-client-(?!principal)[a-z0-9-]{1,40}$/.test(name))
    .slice(0, 16)
}

function listNames(names: readonly string[]): string {
  const shown = names.map((name) =>
    name === 'x-csrf' ? 'X-CSRF' : name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()),
  )
  return [...new Set(shown)].join(', ')
}
