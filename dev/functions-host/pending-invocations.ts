import type { InvocationResult } from './rpc.ts'

/** The calls that a worker has not answered yet. */
export interface PendingInvocations {
  wait(invocationId: string): Promise<InvocationResult>
  settle(result: InvocationResult): void
  /** The worker is gone: it answers none of them any more. */
  failAll(error: string): void
  /** Resolves when no call is left. */
  idle(): Promise<void>
}

export function createPendingInvocations(): PendingInvocations {
  const pending = new Map<string, (result: InvocationResult) => void>()
  const idleWaiters: (() => void)[] = []
  const settle = (result: InvocationResult): void => {
    pending.get(result.invocationId)?.(result)
    pending.delete(result.invocationId)
    if (pending.size === 0) for (const resolve of idleWaiters.splice(0)) resolve()
  }
  return {
    wait: (invocationId) => new Promise((resolve) => pending.set(invocationId, resolve)),
    settle,
    failAll: (error) => {
      for (const invocationId of pending.keys()) settle({ invocationId, error })
    },
    idle: () =>
      new Promise((resolve) => {
        if (pending.size === 0) resolve()
        else idleWaiters.push(resolve)
      }),
  }
}
