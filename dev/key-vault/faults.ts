import type { Operation } from './operations.ts'

/** What goes wrong, for every call that fits, or for the next `times` of them. */
export interface VaultFault {
  readonly kind: 'down' | 'throttled' | 'slow' | 'hang' | 'garbage' | 'forbidden'
  readonly operation?: Operation
  /** Name of the secret or key. */
  readonly name?: string
  readonly times?: number
  /** Of `throttled`; default 1. */
  readonly retryAfterSeconds?: number
  /** Of `slow`; default 1,000. */
  readonly delayMs?: number
}

export interface VaultFaults {
  set(fault: VaultFault | undefined): void
  /** The fault that this call meets; counts it. */
  take(call: { operation: Operation; name: string }): VaultFault | undefined
}

/** Holds the one fault that is set, if any. */
export function createVaultFaults(): VaultFaults {
  let fault: VaultFault | undefined
  let left = 0
  return {
    set: (value) => {
      fault = value
      left = value?.times ?? Number.POSITIVE_INFINITY
    },
    take: ({ operation, name }) => {
      if (fault === undefined || left <= 0) return undefined
      if (fault.operation !== undefined && fault.operation !== operation) return undefined
      if (fault.name !== undefined && fault.name !== name) return undefined
      left -= 1
      return fault
    },
  }
}
