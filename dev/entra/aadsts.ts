import { randomUUID } from 'node:crypto'
import { knownErrors } from './known-errors.ts'

/** What may differ from an error's usual answer. */
export interface ErrorDetails {
  error?: string
  /** A further sentence. */
  detail?: string
  status?: number
  suberror?: string
  /** The claims challenge, as JSON text. */
  claims?: string
}

/** An answer of Entra that is an error, by its number. */
export class EntraError extends Error {
  readonly code: number
  readonly error: string
  readonly status: number
  readonly shown: boolean
  readonly details: ErrorDetails

  constructor(code: number, details: ErrorDetails = {}) {
    const known = knownErrors[code]
    const text = known?.text ?? 'The request failed.'
    super(`AADSTS${code}: ${text}${details.detail === undefined ? '' : ` ${details.detail}`}`)
    this.name = 'EntraError'
    this.code = code
    this.error = details.error ?? known?.error ?? 'invalid_grant'
    this.status = details.status ?? known?.status ?? 400
    this.shown = known?.shown ?? false
    this.details = details
  }
}

/** The JSON body of the token endpoint, with the members that Entra sends. */
export function errorBody(error: EntraError, origin: string, now: Date): Record<string, unknown> {
  const traceId = randomUUID()
  const correlationId = randomUUID()
  const timestamp = entraTimestamp(now)
  return {
    error: error.error,
    error_description: describe(error, { traceId, correlationId, timestamp }),
    error_codes: [error.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: errorUri(error, origin),
    ...(error.details.suberror !== undefined && { suberror: error.details.suberror }),
    ...(error.details.claims !== undefined && { claims: error.details.claims }),
  }
}

/** The parameters of an authorization response that is an error (RFC 6749 §4.1.2.1). */
export function errorParameters(
  error: EntraError,
  origin: string,
  now: Date,
): Record<string, string> {
  const ids = { traceId: randomUUID(), correlationId: randomUUID(), timestamp: entraTimestamp(now) }
  return {
    error: error.error,
    error_description: describe(error, ids),
    error_uri: errorUri(error, origin),
    ...(error.code === 65004 && { error_subcode: 'cancel' }),
  }
}

interface Ids {
  traceId: string
  correlationId: string
  timestamp: string
}

function describe(error: EntraError, ids: Ids): string {
  return `${error.message} Trace ID: ${ids.traceId} Correlation ID: ${ids.correlationId} Timestamp: ${ids.timestamp}`
}

function errorUri(error: EntraError, origin: string): string {
  return `${origin}/error?code=${error.code}`
}

/** `2026-01-31 14:42:13Z` */
function entraTimestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace('T', ' ')}Z`
}
