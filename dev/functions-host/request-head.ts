import type { IncomingMessage } from 'node:http'
import { parseRequestTarget, type RequestTarget } from './request-target.ts'

/** Kestrel's limits, in bytes, but for the number of headers. */
export const requestLimits = {
  requestLine: 8 * 1024,
  headers: 32 * 1024,
  headerCount: 100,
  body: 100 * 1024 * 1024,
}

export interface RequestHead {
  readonly method: string
  readonly host: string
  readonly target: RequestTarget
  /** Names in lower case, repeated ones joined with a comma. */
  readonly headers: Readonly<Record<string, string>>
}

/** The status with which Kestrel turns a request away before the host sees it. */
export interface Refusal {
  readonly refused: 400 | 414 | 431 | 500
}

/** Kestrel takes the characters of RFC 3986 §3.2.2 but for `*+,;=` and `%`, then a port of digits. */
const hostPattern = /^(\[[0-9a-f:.]+\]|[\w!$&'()\-.~]+)(:\d+)?$/i

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads request line and headers within Kestrel's limits. */
export function readRequestHead(request: IncomingMessage): RequestHead | Refusal {
  const { method = '', url = '', httpVersion, rawHeaders } = request
  if (`${method} ${url} HTTP/${httpVersion}\r\n`.length > requestLimits.requestLine) {
    return { refused: 414 }
  }
  if (rawHeaders.length / 2 > requestLimits.headerCount) return { refused: 431 }
  // Each line has a colon, a space and its end beside name and value.
  const size = rawHeaders.reduce((sum, part) => sum + part.length + 2, 0)
  if (size > requestLimits.headers) return { refused: 431 }

  const headers = joinHeaders(rawHeaders)
  if (headers === undefined) return { refused: 400 }
  const host = headers['host']
  if (host === undefined || host === '') return { refused: httpVersion === '1.0' ? 500 : 400 }
  if (!hostPattern.test(host)) return { refused: 400 }
  const target = parseRequestTarget(url, host)
  return target === undefined ? { refused: 400 } : { method, host, target, headers }
}

/** Bytes are read as UTF-8; undefined where they are not. */
function joinHeaders(rawHeaders: readonly string[]): Record<string, string> | undefined {
  const headers = new Map<string, string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase()
    try {
      const value = utf8.decode(Buffer.from(rawHeaders[index + 1] ?? '', 'latin1'))
      const earlier = headers.get(name)
      headers.set(name, earlier === undefined ? value : `${earlier},${value}`)
    } catch {
      return undefined
    }
  }
  return Object.fromEntries(headers)
}
