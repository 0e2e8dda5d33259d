import { randomBytes } from 'node:crypto'
import { BffError } from '../errors.ts'
import type { EventMembers, EventName } from '../events.ts'
import { corsHeaders, preflight } from '../http/cors.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { commonHeaders, empty, problem } from '../http/replies.ts'
import type { App, Call, Endpoint } from './app.ts'
import { clientAddress } from './client-address.ts'
import { logFailure, toBffError } from './failures.ts'
import { createRefusalLog } from './refusal-log.ts'

/** What of an invocation is used; Azure's `InvocationContext` fits. */
export interface Invocation {
  readonly functionName: string
  readonly traceContext?: { readonly traceParent?: string | undefined } | undefined
  log(...args: unknown[]): void
  warn(...args: unknown[]): void
  error(...args: unknown[]): void
}

/** How an endpoint is reached. */
export interface EndpointOptions {
  readonly methods: readonly string[]
  /** Whether a sibling origin's page may call it. */
  readonly cors?: 'json' | 'proxied'
}

const errors: readonly EventName[] = ['bff.settings.wrong', 'bff.request.failed']
const warnings: readonly EventName[] = [
  'bff.login.failed',
  'bff.session.refresh_failed',
  'bff.request.refused',
  'bff.dependency.failed',
]

/**
 * Makes the handler of one function: method, preflight, correlation id, the endpoint, its errors as
 * problem documents, the headers that every answer has.
 */
export function createHandler(app: App, onCall: (call: Call) => void) {
  const refusals = createRefusalLog(app.now)
  const { settings } = app
  const common = commonHeaders({
    https: !settings.plainHttp,
    siblings: settings.origins.length > 1,
  })
  return (endpoint: Endpoint, options: EndpointOptions) =>
    async (request: IncomingRequest, invocation: Invocation): Promise<Reply> => {
      const call = startCall(request, invocation, settings.forwardedHops)
      onCall(call)
      const reply = await answer(request, call)
      return {
        ...(request.method === 'HEAD' ? empty(reply.status) : reply),
        headers: withoutEmpty({
          ...common,
          ...(options.cors && corsHeaders(request, settings.origins)),
          ...reply.headers,
          'x-correlation-id': call.correlationId,
        }),
      }

      async function answer(incoming: IncomingRequest, current: Call): Promise<Reply> {
        try {
          if (incoming.method === 'OPTIONS' && options.cors)
            return preflight(
              incoming,
              settings.origins,
              options.methods,
              options.cors === 'proxied',
            )
          if (!options.methods.includes(incoming.method))
            throw new BffError('method_not_allowed', 'method not allowed', {
              allow: options.methods,
            })
          return await endpoint(incoming, app, current)
        } catch (error) {
          return problem(logged(error, current), {
            correlationId: current.correlationId,
            loginUrl: `${settings.publicUrl.origin}/auth/login`,
          })
        }
      }

      function logged(error: unknown, current: Call): BffError {
        const known = toBffError(error)
        logFailure(known, current)
        if (refusals.isNew(known.code, current.clientAddress))
          current.write('bff.request.refused', refusalMembers(known))
        return known
      }
    }
}

/**
 * Handlers of an app whose settings are wrong: all but the `speaking` endpoints answer
 * `configuration_error`; nothing throws while the app loads.
 */
export function createRefusingHandler(mistakes: readonly string[], speaking: readonly Endpoint[]) {
  let told = false
  const common = commonHeaders({ https: true, siblings: false })
  return (endpoint: Endpoint) =>
    async (request: IncomingRequest, invocation: Invocation): Promise<Reply> => {
      const call = startCall(request, invocation, 1)
      if (!told) call.write('bff.settings.wrong', { mistakes })
      told = true
      const reply = speaking.includes(endpoint)
        ? await (endpoint as () => Promise<Reply>)()
        : problem(new BffError('configuration_error', 'the settings are wrong'), {
            correlationId: call.correlationId,
            loginUrl: '',
          })
      const headers = { ...common, ...reply.headers, 'x-correlation-id': call.correlationId }
      return { ...(request.method === 'HEAD' ? empty(reply.status) : reply), headers }
    }
}

function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
}

/** The call of a timer, which has no request. */
export function startTimerCall(invocation: Invocation): Call {
  const correlationId = traceId(invocation.traceContext?.traceParent) ?? randomId()
  return {
    correlationId,
    clientAddress: undefined,
    write: (event, members) => writeLine(invocation, correlationId, event, members),
  }
}

function startCall(request: IncomingRequest, invocation: Invocation, hops: number): Call {
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
  if (errors.includes(event) || members.code === 'configuration_error') invocation.error(line)
  else if (warnings.includes(event)) invocation.warn(line)
  else invocation.log(line)
}

function refusalMembers(error: BffError): EventMembers {
  const { check, parameter } = error.details
  return { code: error.code, ...(check && { check }), ...(parameter && { parameter }) }
}
