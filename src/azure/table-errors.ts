import { RestError } from '@azure/data-tables'
import { BffError } from '../errors.ts'
import { retryAfterMs } from './http-client.ts'
import type { NewEntity } from './table.ts'

/** Bytes and columns that the service allows a row; 3 columns are its own (Microsoft: data model). */
const maxEntityBytes = 1024 * 1024
const maxColumns = 252

const tooLargeCodes = new Set([
  'EntityTooLarge',
  'PropertyValueTooLarge',
  'TooManyProperties',
  'RequestBodyTooLarge',
])

/** The HTTP status of a failed SDK call; undefined where nothing answered. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof RestError ? error.statusCode : undefined
}

/** The service's own word for a fault, like `ResourceNotFound`. */
export function serviceCode(error: unknown): string | undefined {
  if (!(error instanceof RestError)) return undefined
  const body = (error.response as { parsedBody?: unknown } | undefined)?.parsedBody
  const odata = isRecord(body) && isRecord(body['odataError']) ? body['odataError'] : undefined
  return typeof odata?.['code'] === 'string' ? odata['code'] : error.code
}

/**
 * The app's error for a failed SDK call. It carries status and duration but not the SDK's error,
 * which holds the request with its keys and columns.
 */
export function storageError(error: unknown, operation: string, durationMs: number): BffError {
  if (error instanceof BffError) return error
  if (tooLargeCodes.has(serviceCode(error) ?? '')) return tooLarge()
  const status = statusOf(error)
  const waitMs =
    error instanceof RestError && error.response !== undefined
      ? retryAfterMs(error.response.headers)
      : undefined
  return new BffError('storage_unavailable', `"${operation}" failed: ${reason(error)}`, {
    dependency: {
      name: 'tables',
      operation,
      durationMs,
      ...(status === undefined ? {} : { status }),
    },
    ...(waitMs === undefined ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1000) }),
  })
}

/**
 * Refuses a row that the service would refuse: `login_failed` with `session_too_large`, whether it
 * grew at sign-in or by a later token.
 */
export function rejectTooLarge(entity: NewEntity): void {
  let bytes = 0
  let columns = 0
  for (const [name, value] of Object.entries(entity)) {
    columns++
    bytes += 12 + 2 * name.length + (typeof value === 'string' ? 2 * value.length : 8)
  }
  if (bytes > maxEntityBytes || columns > maxColumns) throw tooLarge()
}

function tooLarge(): BffError {
  return new BffError('login_failed', 'the row is larger than Table Storage allows', {
    loginFailure: 'session_too_large',
  })
}

/** A word of the service or of Node, never a text that may hold a key. */
function reason(error: unknown): string {
  const code =
    serviceCode(error) ?? (error instanceof Error && 'code' in error ? error.code : undefined)
  return typeof code === 'string' && /^[\w.-]{1,64}$/.test(code) ? code : 'unexpected answer'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
