import type { OutgoingCall } from '../../app/api-call/send.ts'
import { hasHeader, locationHeaders, responseHeaders } from '../../base/api-headers.ts'
import { BffError } from '../../base/errors.ts'
import type { Reply } from '../../http/messages.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import type { Upstream } from '../../settings/upstreams.ts'
import { asciiDisposition } from './content-disposition.ts'
import { harmlessLinks } from './link-header.ts'
import { LeadsAway, locationForBrowser } from './location.ts'

/** The API answers on the app's own origin: nothing it sends may run there, frame it or be stored. */
const forced = {
  'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
  vary: 'Origin, Cookie, Sec-Fetch-Site',
}

/**
 * An API's answer for the browser: status, body and the headers that may travel. Throws
 * `upstream_invalid` for a redirect that leads away from the API, and for a whole body in a coding
 * that nobody asked for and that is not known here.
 */
export async function upstreamReply(answer: OutgoingAnswer, call: OutgoingCall): Promise<Reply> {
  const { upstream } = call
  const body = new Uint8Array(await answer.arrayBuffer())
  return {
    status: answer.status,
    headers: {
      ...travellingHeaders(answer, call),
      ...codingOf(answer, body, upstream),
      ...sizeOf(answer, call),
      ...forced,
      'x-upstream': upstream.name,
    },
    ...(body.length > 0 && { body }),
  }
}

function travellingHeaders(answer: OutgoingAnswer, call: OutgoingCall): Record<string, string> {
  const { upstream } = call
  const headers: Record<string, string> = {}
  for (const [name, value] of answer.headers) {
    if (!hasHeader(responseHeaders, name) && !upstream.responseHeaders.includes(name)) continue
    const own = valueForBrowser(name, value, answer.status, call)
    // The platform answers 500 for a header that is not ASCII.
    if (own !== undefined && /^[\t\x20-\x7e]*$/.test(own)) headers[name] = own
  }
  return headers
}

function valueForBrowser(
  name: string,
  value: string,
  status: number,
  call: OutgoingCall,
): string | undefined {
  if (name === 'content-disposition') return asciiDisposition(value)
  if (name === 'link') return harmlessLinks(value)
  if (!locationHeaders.includes(name)) return value
  try {
    const isRedirect = name === 'location' && status >= 300 && status < 400 && status !== 304
    return locationForBrowser(value, isRedirect, call)
  } catch (error) {
    if (!(error instanceof LeadsAway)) throw error
    throw invalid('"location" leads away from the API', call.upstream)
  }
}

/**
 * A part of an encoded body cannot be decoded: it is passed on as it came, and says so. Nobody asked
 * for one.
 */
function codingOf(
  answer: OutgoingAnswer,
  body: Uint8Array,
  upstream: Upstream,
): Record<string, string> {
  const coding = answer.headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (body.length === 0 || coding === 'identity') return {}
  if (answer.status !== 206 || !/^[\w.+-]+(?:, ?[\w.+-]+)*$/.test(coding))
    throw invalid('the body has an unknown "content-encoding"', upstream)
  return { 'content-encoding': coding }
}

/** HEAD is asked for the size; the platform would say 0. */
function sizeOf({ headers }: OutgoingAnswer, { method }: OutgoingCall): Record<string, string> {
  const size = headers.get('content-length') ?? ''
  return method === 'HEAD' && /^\d{1,15}$/.test(size) ? { 'content-length': size } : {}
}

function invalid(message: string, upstream: Upstream): BffError {
  return new BffError('upstream_invalid', message, {
    dependency: { name: 'upstream', operation: upstream.name },
  })
}
