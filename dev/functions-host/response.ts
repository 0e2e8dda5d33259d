import type { ServerResponse } from 'node:http'
import type { HttpResponseData } from './rpc.ts'
import { renderCookie } from './set-cookie.ts'

export interface HostResponse {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array
}

const nothing = new Uint8Array()

/** An answer of the host itself: a status and nothing else. */
export function bareResponse(status: number): HostResponse {
  return { status, headers: [], body: nothing }
}

/** Turns what a function returned into a response. Throws where writing it would fail on Azure. */
export function functionResponse(data: HttpResponseData): HostResponse {
  if (data.enableContentNegotiation === true) {
    throw new Error('enableContentNegotiation loses cookies and is not offered here')
  }
  const headers: [string, string][] = Object.entries(data.headers ?? {})
  for (const cookie of data.cookies ?? []) headers.push(['set-cookie', renderCookie(cookie)])
  const body = data.body?.bytes ?? nothing
  for (const [name, value] of headers) checkHeader(name, value, body.length)
  return { status: Number(data.statusCode ?? 200), headers, body }
}

function checkHeader(name: string, value: string, bodyLength: number): void {
  if (/[^\t\x20-\x7e]/.test(value)) {
    throw new Error(`Invalid non-ASCII or control character in header "${name}"`)
  }
  if (name === 'transfer-encoding') {
    throw new Error('"transfer-encoding" set by the app sends an unframed body: clients hang')
  }
  if (name === 'content-length' && !(Number(value) >= bodyLength)) {
    throw new Error(`Response Content-Length mismatch: too many bytes written (${bodyLength})`)
  }
}

/** Adds host.json's customHeaders where the response does not have them. */
export function withCustomHeaders(
  response: HostResponse,
  customHeaders: Readonly<Record<string, string>>,
): HostResponse {
  const present = new Set(response.headers.map(([name]) => name.toLowerCase()))
  const missing = Object.entries(customHeaders).filter(([name]) => !present.has(name.toLowerCase()))
  return { ...response, headers: [...response.headers, ...missing] }
}

/**
 * Writes a response as Kestrel frames it: a body goes out chunked unless the app set its length, an
 * absent one has length 0, and a length that is too large ends in a closed connection.
 */
export function writeResponse(outgoing: ServerResponse, response: HostResponse): void {
  const { status, body } = response
  const headers = [...response.headers]
  const has = (name: string): boolean => headers.some(([key]) => key.toLowerCase() === name)
  const bodiless = status === 204 || status === 304 || outgoing.req.method === 'HEAD'
  if (!has('server')) headers.push(['server', 'Kestrel'])
  if (body.length === 0 && !bodiless && !has('content-length'))
    headers.push(['content-length', '0'])
  const announced = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]

  outgoing.writeHead(status, headers.flat())
  if (!bodiless && body.length > 0) outgoing.write(body)
  if (!bodiless && announced !== undefined && Number(announced) > body.length) {
    outgoing.socket?.end()
    return
  }
  outgoing.end()
}
