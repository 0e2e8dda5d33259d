import { BffError } from '../../base/errors.ts'
import type { Reply } from '../../http/messages.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import type { Upstream } from '../../settings/upstreams.ts'
import type { OutgoingCall } from '../../app/api-call/send.ts'

/** Response headers that travel to the browser, `location` rewritten; no other does. */
const responseHeaders = new Set([
  'accept-ranges',
  'allow',
  'content-disposition',
  'content-language',
  'content-range',
  'content-type',
  'deprecation',
  'etag',
  'last-modified',
  'link',
  'location',
  'preference-applied',
  'request-id',
  'retry-after',
  'sunset',
])

/** The API answers on the app's own origin: nothing it sends may run there, frame it or be stored. */
const forced = {
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  vary: 'Origin, Cookie, Sec-Fetch-Site',
}

/**
 * An API's answer for the browser: status, body and the headers that may travel. Throws
 * `upstream_invalid` for a `Location` that leads away from the API, and for a body in a coding that
 * nobody asked for and that is not known here.
 */
export async function upstreamReply(answer: OutgoingAnswer, call: OutgoingCall): Promise<Reply> {
  const { upstream } = call
  const headers: Record<string, string> = {}
  for (const [name, value] of answer.headers) {
    // The platform answers 500 for a header that is not ASCII.
    if (!travels(name) || !/^[\t\x20-\x7e]*$/.test(value)) continue
    headers[name] = name === 'location' ? ownLocation(value, call) : value
  }
  const body = new Uint8Array(await answer.arrayBuffer())
  const coding = answer.headers.get('content-encoding') ?? 'identity'
  if (body.length > 0 && coding.toLowerCase() !== 'identity')
    throw invalid('the body has an unknown "content-encoding"', upstream)
  return {
    status: answer.status,
    headers: { ...headers, ...forced, 'x-upstream': upstream.name },
    ...(body.length > 0 && { body }),
  }
}

function travels(name: string): boolean {
  return responseHeaders.has(name) || /^(ratelimit|x-ratelimit-)/.test(name)
}

/** Where the browser finds what lies below the API's base: `/api/<name>/…`. */
function ownLocation(location: string, { upstream, url }: OutgoingCall): string {
  const target = URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (target === undefined || !isBelow(target, upstream))
    throw invalid('"location" leads away from the API', upstream)
  const path = target.pathname.slice(upstream.url.pathname.length)
  return `/api/${upstream.name}/${path}${target.search}${target.hash}`
}

function isBelow(target: URL, { url: base }: Upstream): boolean {
  return (
    target.origin === base.origin &&
    target.username === '' &&
    target.password === '' &&
    target.pathname.startsWith(base.pathname)
  )
}

function invalid(message: string, upstream: Upstream): BffError {
  return new BffError('upstream_invalid', message, {
    dependency: { name: 'upstream', operation: upstream.name },
  })
}
