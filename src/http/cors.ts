import type { IncomingRequest } from './messages.ts'
import { empty } from './replies.ts'
import type { Reply } from './messages.ts'

/** Headers of an API call, beyond X-CSRF and Content-Type, that a sibling origin may send. */
const proxiedRequestHeaders =
  'Accept, Accept-Language, Idempotency-Key, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, Prefer, Range, Traceparent, Tracestate'

/**
 * CORS headers (Fetch, §3.2) for an origin of the exact allow-list; nothing for any other. Answered
 * here, never by the platform's own list.
 */
export function corsHeaders(
  request: IncomingRequest,
  origins: readonly string[],
): Record<string, string> {
  const origin = request.headers.get('origin')
  if (origin === null || !origins.includes(origin)) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'X-Correlation-Id, Retry-After, X-Upstream',
  }
}

/** Answers a preflight without touching a session, storage or an upstream. */
export function preflight(
  request: IncomingRequest,
  origins: readonly string[],
  methods: readonly string[],
  proxied: boolean,
): Reply {
  const allowed = corsHeaders(request, origins)['access-control-allow-origin']
  const vary = 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'
  if (allowed === undefined) return empty(204, { vary })
  return empty(204, {
    vary,
    'access-control-allow-origin': allowed,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': `X-CSRF, Content-Type${proxied ? `, ${proxiedRequestHeaders}` : ''}`,
    'access-control-max-age': '7200',
  })
}
