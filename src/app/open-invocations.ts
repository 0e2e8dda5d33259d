import type { Invocation } from './start-call.ts'

/**
 * The invocations that are running now. What is written through one that has ended is lost on Azure,
 * and the worker warns of it: such a line goes to one that runs, or waits for the next.
 */
export interface OpenInvocations {
  /** The invocation as it may be used for as long as anyone likes; `end` says that it is over. */
  open(invocation: Invocation): { readonly invocation: Invocation; readonly end: () => void }
}

type Level = 'log' | 'warn' | 'error'

/** A fault of shared work repeats itself; the newest lines of a silent instance are of no use. */
const maxWaiting = 100

export function createOpenInvocations(): OpenInvocations {
  const open = new Set<Invocation>()
  const waiting: { readonly level: Level; readonly args: readonly unknown[] }[] = []

  function write(own: Invocation, level: Level, args: readonly unknown[]): void {
    const target = open.has(own) ? own : [...open].at(-1)
    if (target !== undefined) target[level](...args)
    else if (waiting.length < maxWaiting) waiting.push({ level, args })
  }

  return {
    open: (invocation) => {
      open.add(invocation)
      for (const { level, args } of waiting.splice(0)) invocation[level](...args)
      return {
        invocation: {
          functionName: invocation.functionName,
          traceContext: invocation.traceContext,
          log: (...args) => write(invocation, 'log', args),
          warn: (...args) => write(invocation, 'warn', args),
          error: (...args) => write(invocation, 'error', args),
        },
        end: () => void open.delete(invocation),
      }
    },
  }
}
