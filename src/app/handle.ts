import { namesToExpose, requestHeaders } from '../base/api-headers.ts'
import { BffError, isProblemCode, type ProblemCode } from '../base/errors.ts'
import type { EventMembers } from '../base/events.ts'
import { corsHeaders, preflight } from '../http/cors.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { wantsPage } from '../http/navigation.ts'
import { misconfiguredPage } from '../http/pages.ts'
import { commonHeaders, empty, problem } from '../http/replies.ts'
import type { Settings } from '../settings/settings.ts'
import type { App, Call, Endpoint } from './app.ts'
import { logFailure, toBffError } from './log-failure.ts'
import { createOpenInvocations, type OpenInvocations } from './open-invocations.ts'
import { maxQueryLength, ownUrl } from './own-urls.ts'
import { navigationRefused } from './sign-in-failed.ts'
import { type Invocation, startCall } from './start-call.ts'

/** How an endpoint is reached. */
export interface EndpointOptions {
  readonly methods: readonly string[]
  /** Whether a sibling origin's page may call it. */
  readonly cors?: 'json' | 'proxied'
  /** Characters of the query as sent; by default {@link maxQueryLength}. */
  readonly maxQueryLength?: number
  /** Whether people navigate to it: what they are refused is then a page. */
  readonly pages?: boolean
}

/**
 * Makes the handler of one function: method, preflight, correlation id, the endpoint, its errors as
 * problem documents, the headers that every answer has.
 */
export function createHandler(
  app: App,
  onCall: (call: Call) => void,
  running: OpenInvocations = createOpenInvocations(),
) {
  const { settings } = app
  const common = commonHeaders({
    https: !settings.plainHttp,
    siblings: settings.origins.length > 1,
  })
  return (endpoint: Endpoint, options: EndpointOptions) =>
    async (request: IncomingRequest, invocation: Invocation): Promise<Reply> => {
      const opened = running.open(invocation)
      const call = startCall(request, opened.invocation, settings.forwardedHops)
      onCall(call)
      const reply = await answer(request, call).finally(opened.end)
      return {
        ...(request.method === 'HEAD' ? empty(reply.status) : reply),
        headers: withoutEmpty({
          ...common,
          ...(options.cors &&
            corsHeaders(
              request,
              settings.origins,
              options.cors === 'proxied' ? namesToExpose(reply.headers) : [],
            )),
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
              options.cors === 'proxied' ? proxiedHeaders(incoming, settings) : [],
            )
          if (!options.methods.includes(incoming.method))
            throw new BffError('method_not_allowed', 'method not allowed', {
              allow: options.methods,
            })
          requireShortQuery(incoming, options.maxQueryLength ?? maxQueryLength)
          return await endpoint(incoming, app, current)
        } catch (error) {
          const known = logged(error, current)
          if (options.pages === true && wantsPage(incoming))
            return navigationRefused(known, incoming, app, current)
          return problem(known, {
            correlationId: current.correlationId,
            loginUrl: ownUrl(settings, 'login').href,
          })
        }
      }

      function logged(error: unknown, current: Call): BffError & { readonly code: ProblemCode } {
        const known = asProblem(toBffError(error))
        logFailure(known, current)
        if (isRefusal(known) && app.isFirstInMinute(known.code, current.clientAddress))
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
  return (endpoint: Endpoint, options?: EndpointOptions) =>
    async (request: IncomingRequest, invocation: Invocation): Promise<Reply> => {
      const call = startCall(request, invocation, 1)
      if (!told) call.write('bff.settings.wrong', { mistakes })
      told = true
      const reply = speaking.includes(endpoint)
        ? await (endpoint as () => Promise<Reply>)()
        : misconfigured(request, call, options?.pages === true)
      const headers = { ...common, ...reply.headers, 'x-correlation-id': call.correlationId }
      return { ...(request.method === 'HEAD' ? empty(reply.status) : reply), headers }
    }
}

/** What a page may send to the API of a request. */
function proxiedHeaders({ params }: IncomingRequest, { upstreams }: Settings): readonly string[] {
  const api = upstreams.find(({ name }) => name === params?.['upstream'])
  return [...requestHeaders, ...(api?.requestHeaders ?? [])]
}

function misconfigured(request: IncomingRequest, { correlationId }: Call, pages: boolean): Reply {
  if (pages && wantsPage(request)) return misconfiguredPage({ correlationId, time: new Date() })
  const error = new BffError('configuration_error', 'the settings are wrong')
  return problem(error, { correlationId, loginUrl: '' })
}

/** A code that only a sign-in page knows is a fault of this program where JSON is answered. */
function asProblem(error: BffError): BffError & { readonly code: ProblemCode } {
  const problem = isProblemCode(error.code)
    ? error
    : new BffError('server_error', 'a sign-in error outside a sign-in', { cause: error })
  return problem as BffError & { readonly code: ProblemCode }
}

/** Codes that say the request itself was refused. */
const refusals: readonly string[] = [
  'invalid_return_to',
  'invalid_parameter',
  'upstream_path_invalid',
  'csrf_failed',
  'not_a_navigation',
  'unknown_upstream',
  'body_too_large',
  'too_many_requests',
]

function isRefusal({ code }: BffError): boolean {
  return refusals.includes(code)
}

function requireShortQuery(request: IncomingRequest, maxLength: number): void {
  if (new URL(request.url).search.length - 1 > maxLength)
    throw new BffError('invalid_parameter', 'the query is too long', { parameter: 'query' })
}

function withoutEmpty(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''))
}

function refusalMembers(error: BffError): EventMembers {
  const { check, parameter } = error.details
  return { code: error.code, ...(check && { check }), ...(parameter && { parameter }) }
}
