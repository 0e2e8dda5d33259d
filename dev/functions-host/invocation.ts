import { randomBytes, randomUUID } from 'node:crypto'
import type { RouteMatch, TimerFunction } from './function-table.ts'
import { collapseQuery } from './request-target.ts'
import type { RequestHead } from './request-head.ts'
import type { InvocationRequest, TraceContext } from './rpc.ts'

/** What the host hands over for a request in buffered mode. */
export function httpInvocation(
  match: RouteMatch,
  head: RequestHead,
  request: { scheme: 'http' | 'https'; body: Uint8Array | undefined; traced: boolean },
): InvocationRequest {
  const { urlPath, query } = head.target
  const http = {
    method: head.method,
    url: `${request.scheme}://${head.host}${urlPath}${query}`,
    nullableHeaders: nullable(head.headers),
    nullableQuery: nullable(collapseQuery(query)),
    nullableParams: nullable(match.params),
    ...(request.body === undefined ? {} : { body: { bytes: request.body } }),
  }
  return {
    invocationId: randomUUID(),
    functionId: match.function.functionId,
    inputData: [{ name: match.function.bindingName, data: { http } }],
    triggerMetadata: {},
    traceContext: traceContext(head.headers, request.traced),
  }
}

/** What the host hands over when a timer is due. */
export function timerInvocation(
  timer: TimerFunction,
  times: { last: Date | undefined; next: Date; now: Date },
): InvocationRequest {
  const status = {
    Last: (times.last ?? new Date(0)).toISOString(),
    Next: times.next.toISOString(),
    LastUpdated: (times.last ?? times.now).toISOString(),
  }
  const input = {
    Schedule: { AdjustForDST: true },
    // Nothing is stored for schedules that run more often than every minute.
    ScheduleStatus: timer.schedule.isFrequent ? null : status,
    IsPastDue: false,
  }
  return {
    invocationId: randomUUID(),
    functionId: timer.functionId,
    inputData: [{ name: timer.bindingName, data: { json: JSON.stringify(input) } }],
    triggerMetadata: {},
    traceContext: traceContext({}, false),
  }
}

/** Without Application Insights the host passes no trace on: the incoming header is all there is. */
function traceContext(headers: Readonly<Record<string, string>>, traced: boolean): TraceContext {
  if (!traced) return { traceParent: '', traceState: '', attributes: {} }
  const incoming = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(
    headers['traceparent'] ?? '',
  )
  const traceId = incoming?.[1] ?? randomBytes(16).toString('hex')
  return {
    traceParent: `00-${traceId}-${randomBytes(8).toString('hex')}-${incoming?.[2] ?? '01'}`,
    traceState: headers['tracestate'] ?? '',
    attributes: {},
  }
}

function nullable(values: Readonly<Record<string, string>>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))
}
