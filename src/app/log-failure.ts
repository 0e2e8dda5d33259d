import { BffError } from '../base/errors.ts'
import { type MembersOf, writeDependencyFailure } from '../base/events.ts'
import type { Call } from './app.ts'

/** Writes the dependency line of an error that has one. */
export function logFailure(error: BffError, call: Pick<Call, 'write'>): void {
  const { dependency, cause } = error.details
  if (error.code === 'server_error') call.write('bff.request.failed', unexpectedMembers(cause))
  if (dependency === undefined && error.code !== 'configuration_error') return
  writeDependencyFailure(call.write, error.code, dependency)
}

/** Any thrown value as the one error of this app; what is unknown is `server_error`. */
export function toBffError(error: unknown): BffError {
  if (error instanceof BffError) return error
  return new BffError('server_error', 'unexpected error', { cause: error })
}

function unexpectedMembers(cause: unknown): MembersOf<'bff.request.failed'> {
  if (!(cause instanceof Error)) return { error: typeof cause }
  const frame = cause.stack?.split('\n').find((line) => line.startsWith('    at '))
  return {
    error: cause.constructor.name,
    ...(frame !== undefined && { at: frame.trim().slice(0, 200) }),
  }
}
