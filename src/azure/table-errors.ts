import type { TableEntity } from '@azure/data-tables'
import { BffError } from '../base/errors.ts'
import { describeFault, serviceCode } from './sdk-errors.ts'

/** Bytes and columns that the service allows a row; 3 columns are its own (Microsoft: data model). */
const maxEntityBytes = 1024 * 1024
const maxColumns = 252

const tooLargeCodes = new Set([
  'EntityTooLarge',
  'PropertyValueTooLarge',
  'TooManyProperties',
  'RequestBodyTooLarge',
])

/** The app's error for a failed call of the tables. */
export function storageError(error: unknown, operation: string, durationMs: number): BffError {
  if (error instanceof BffError) return error
  if (tooLargeCodes.has(serviceCode(error) ?? '')) return tooLarge()
  const { reason, status, retryAfterSeconds } = describeFault(error)
  return new BffError('storage_unavailable', `"${operation}" failed: ${reason}`, {
    dependency: {
      name: 'tables',
      operation,
      durationMs,
      ...(status !== undefined && { status }),
    },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}

/**
 * Refuses a row that the service would refuse: `login_failed` with `session_too_large`, whether it
 * grew at sign-in or by a later token.
 */
export function rejectTooLarge(entity: TableEntity): void {
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
