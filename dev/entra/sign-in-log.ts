import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Exchange } from './http.ts'
import type { LogEntry, LogKind } from './log-entry.ts'

const secretParameters = new Set([
  'code',
  'client_secret',
  'refresh_token',
  'code_verifier',
  'id_token_hint',
])
const loggedHeaders = ['origin', 'referer', 'user-agent', 'accept', 'content-type']
const longestLog = 10_000

/** A request as the log shows it. */
export function logEntry(
  kind: LogKind,
  request: Pick<Exchange, 'method' | 'url' | 'headers' | 'form'>,
  now: Date,
): LogEntry {
  return {
    id: 0,
    time: now.toISOString(),
    kind,
    method: request.method,
    path: request.url.pathname,
    parameters: decodeParameters([...request.url.searchParams, ...request.form]),
    headers: protocolHeaders(request.headers),
    outcome: 'no answer',
    status: 0,
  }
}

/** Numbers an entry and appends it; the oldest ones go. */
export function appendEntry(log: LogEntry[], entry: LogEntry): void {
  entry.id = (log.at(-1)?.id ?? 0) + 1
  log.push(entry)
  if (log.length > longestLog) log.shift()
}

/** SHA-256 in hex: enough to find a token again, useless as one. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function decodeParameters(pairs: [string, string][]): Record<string, unknown> {
  const decoded: Record<string, unknown> = {}
  for (const [name, value] of pairs) {
    const shown = decodeParameter(name, value)
    const before = decoded[name]
    decoded[name] = before === undefined ? shown : [before, shown].flat()
  }
  return decoded
}

function decodeParameter(name: string, value: string): unknown {
  if (secretParameters.has(name)) return { length: value.length, sha256: sha256(value) }
  if (name !== 'client_assertion') return value
  const redacted = { length: value.length, sha256: sha256(value) }
  try {
    return { ...redacted, header: decodeProtectedHeader(value), claims: decodeJwt(value) }
  } catch (error) {
    return { ...redacted, malformed: error instanceof Error ? error.message : 'not a JWT' }
  }
}

function protocolHeaders(headers: Exchange['headers']): Record<string, string> {
  const shown = loggedHeaders.flatMap((name) => {
    const value = headers[name]
    return typeof value === 'string' ? [[name, value] as const] : []
  })
  const scheme = headers.authorization?.split(' ')[0]
  return Object.fromEntries(
    scheme === undefined ? shown : [...shown, ['authorization', `${scheme} …`] as const],
  )
}
