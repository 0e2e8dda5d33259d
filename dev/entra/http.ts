import type { IncomingHttpHeaders } from 'node:http'
import type { Fault } from './faults.ts'
import type { LogEntry } from './log-entry.ts'

/** One request, read whole. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  /** The body as text. */
  readonly body: string
  /** The body as a form; empty for any other content type. */
  readonly form: URLSearchParams
  /** What the path's pattern captured. */
  readonly captured: string[]
  /** The fault that this request drew, if any. */
  readonly fault: Fault | undefined
  /** The request's line in the sign-in log, for handlers to add to. */
  readonly entry: LogEntry
}

/** One answer. */
export interface Reply {
  status: number
  headers: Record<string, string>
  body: string
}

/** JSON that must not be stored (RFC 6749 §5.1). */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store, no-cache',
      pragma: 'no-cache',
      ...headers,
    },
    body: JSON.stringify(body),
  }
}

export function redirectReply(location: string, status: 302 | 303 = 302): Reply {
  return { status, headers: { location, 'cache-control': 'no-store' }, body: '' }
}

/** The value of a cookie, by name. */
export function cookieOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const pairs = (headers.cookie ?? '').split(';').map((pair) => pair.trim())
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
}

/** The body as an object, from JSON or from a form; anything else is an empty object. */
export function bodyObject(exchange: Pick<Exchange, 'body' | 'form'>): Record<string, unknown> {
  if (exchange.form.size > 0) return Object.fromEntries(exchange.form)
  if (exchange.body.trim() === '') return {}
  const value: unknown = JSON.parse(exchange.body)
  return isRecord(value) ? value : {}
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
