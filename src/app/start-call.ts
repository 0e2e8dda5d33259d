import { randomBytes } from 'node:crypto'
import { type EventMembers, type EventName, levelOf } from '../base/events.ts'
import type { IncomingRequest } from '../http/messages.ts'
import type { Call } from './app.ts'
import { clientAddress } from './client-address.ts'

/** What of an invocation is used; Azure's `InvocationContext` fits. */
export interface Invocation {
  readonly functionName: string
  readonly traceContext?: { readonly traceParent?: string | undefined } | undefined
  log(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
}

/** How the worker's context writes each level. */
const writers = { information: 'log', warning: 'warn', error: 'error' } as const

/** The call of a timer, which has no request. */
export function startTimerCall(invocation: Invocation): Call {
  const correlationId = traceId(invocation.traceContext?.traceParent) ?? randomId()
  return {
    correlationId,
    clientAddress: undefined,
    write: (event, members) => writeLine(invocation, correlationId, event, members),
  }
}

/** The call of a request. `hops` tells which entry of `X-Forwarded-For` is the client's. */
export function startCall(request: IncomingRequest, invocation: Invocation, hops: number): Call {
  const correlationId = correlationIdOf(request, invocation)
  return {
    correlationId,
    clientAddress: clientAddress(request.headers.get('x-forwarded-for'), hops),
    write: (event, members) => writeLine(invocation, correlationId, event, members),
  }
}

/** The trace id of the invocation, else of the request, else a random one. */
function correlationIdOf(request: IncomingRequest, invocation: Invocation): string {
  return (
    traceId(invocation.traceContext?.traceParent) ??
    traceId(request.headers.get('traceparent')) ??
    randomId()
  )
}

/** The trace id of a `traceparent` (W3C Trace Context §3.2), if it is well formed. */
function traceId(traceParent: string | null | undefined): string | undefined {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(traceParent ?? '')?.[1]
  return id === undefined || /^0+$/.test(id) ? undefined : id
}

function randomId(): string {
  return randomBytes(16).toString('hex')
}

function writeLine(
  invocation: Invocation,
  correlationId: string,
  event: EventName,
  members: EventMembers = {},
): void {
  const line = JSON.stringify({
    event,
    correlationId,
    function: invocation.functionName,
    ...members,
  })
  invocation[writers[levelOf(event, members)]](line)
}
