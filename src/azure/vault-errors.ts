import { BffError, type ProblemCode } from '../base/errors.ts'
import { describeFault } from './sdk-errors.ts'

/**
 * The app's error for a failed call of the vault: `configuration_error` where a secret is missing,
 * disabled or not ours to read, else `vault_unavailable`.
 */
export function vaultError(error: unknown, operation: string, durationMs: number): BffError {
  if (error instanceof BffError) return error
  const { reason, status, retryAfterSeconds } = describeFault(error)
  const code: ProblemCode =
    status === 404 || status === 403 ? 'configuration_error' : 'vault_unavailable'
  return new BffError(code, `"${operation}" failed: ${reason}`, {
    dependency: { name: 'vault', operation, durationMs, ...(status !== undefined && { status }) },
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}

/** What the vault holds is not what the settings promise. */
export function vaultContentError(operation: string, message: string): BffError {
  return new BffError('configuration_error', message, { dependency: { name: 'vault', operation } })
}
