import { BffError } from '../../base/errors.ts'
import { type IncomingRequest, header } from '../../http/messages.ts'

/** Request headers that travel to an API; no other does. */
const requestHeaders = [
  'accept',
  'accept-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'prefer',
  'range',
  'traceparent',
  'tracestate',
] as const

/** The headers of a request that travel; throws `invalid_parameter` for a value that cannot. */
export function travellingHeaders(request: IncomingRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of requestHeaders) {
    const value = header(request, name)
    if (value === undefined) continue
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw invalid(name)
    headers[name] = value
  }
  return headers
}

/**
 * Checks what a request says of its body. The host drops what comes without a length and what comes
 * with GET or HEAD: refused, for the API would be told something else than the browser said. Throws
 * `invalid_parameter` and `body_too_large`.
 */
export function requireTravellingBody(request: IncomingRequest, maxBytes: number): void {
  if (header(request, 'transfer-encoding') !== undefined) throw invalid('transfer-encoding')
  // The header that names it does not travel.
  if (!/^(identity)?$/i.test(header(request, 'content-encoding') ?? ''))
    throw invalid('content-encoding')
  const declared = Number(header(request, 'content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge()
  if ((request.method === 'GET' || request.method === 'HEAD') && declared !== 0)
    throw invalid('content-length')
}

/** The body of a request that was checked; undefined where there is none. Throws `body_too_large`. */
export async function requestBody(
  request: IncomingRequest,
  maxBytes: number,
): Promise<Uint8Array | undefined> {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined
  const body = new Uint8Array(await request.arrayBuffer())
  if (body.length > maxBytes) throw tooLarge()
  return body.length === 0 && request.method === 'DELETE' ? undefined : body
}

function invalid(parameter: string): BffError {
  return new BffError('invalid_parameter', `unexpected "${parameter}" header`, { parameter })
}

function tooLarge(): BffError {
  return new BffError('body_too_large', 'the body is larger than the API takes')
}
