import { refusedRequestHeaders, requestHeaders } from '../../base/api-headers.ts'
import { BffError } from '../../base/errors.ts'
import { type IncomingRequest, header } from '../../http/messages.ts'

/**
 * The headers of a request that travel, `more` of them by the API's settings; throws
 * `invalid_parameter` for a value that cannot.
 */
export function travellingHeaders(
  request: IncomingRequest,
  more: readonly string[] = [],
): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const name of [...requestHeaders, ...more]) {
    const value = header(request, name)
    if (value === undefined) continue
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw invalid(name)
    headers[name] = value
  }
  return headers
}

/**
 * Checks that the API will be told what the browser said: neither a header that changes the meaning
 * nor a body may be lost on the way. The host drops a body that comes without a length, and one of
 * GET or HEAD. Throws `invalid_parameter` and `body_too_large`.
 */
export function requireTravelling(request: IncomingRequest, maxBytes: number): void {
  for (const { name, allowed } of refusedRequestHeaders) {
    const value = header(request, name)
    if (value !== undefined && !allowed.includes(value.trim().toLowerCase())) throw invalid(name)
  }
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
