import type { IncomingMessage, ServerResponse } from 'node:http'
import { passOn } from './fallback.ts'
import { findFunction, hasRoute, type RouteMatch } from './function-table.ts'
import { httpInvocation } from './invocation.ts'
import { readRequestBody } from './request-body.ts'
import { readRequestHead, type RequestHead } from './request-head.ts'
import {
  bareResponse,
  functionResponse,
  withCustomHeaders,
  writeResponse,
  type HostResponse,
} from './response.ts'
import type { Running } from './runtime.ts'

export interface HandlerOptions {
  readonly running: () => Promise<Running | undefined>
  readonly scheme: 'http' | 'https'
  readonly fallbackOrigin: string | undefined
  readonly homepageDisabled: boolean
  /** Answers a path of the local host itself, or undefined. */
  readonly ownPage: (path: string) => HostResponse | undefined
  readonly onFailure: (functionName: string, invocationId: string, message: string) => void
  readonly onAnswer: (answer: Answered) => void
}

export interface Answered {
  readonly method: string
  readonly path: string
  readonly response: HostResponse
  readonly durationMs: number
  readonly functionName: string | undefined
}

/** Answers one request the way the host on Azure would. */
export async function handleRequest(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  options: HandlerOptions,
): Promise<void> {
  const startedAt = performance.now()
  const head = readRequestHead(incoming)
  if ('refused' in head) return refuse(outgoing, head.refused)
  const running = await options.running()
  if (running === undefined) {
    incoming.socket.destroy()
    return
  }
  const { method } = head
  const { path } = head.target
  const own = options.ownPage(path)
  if (own !== undefined) return writeResponse(outgoing, own)
  const match = findFunction(running.table, method, path)
  const takenOver = match === undefined && !hasRoute(running.table, path)
  if (takenOver && options.fallbackOrigin !== undefined) {
    return passOn(options.fallbackOrigin, incoming, outgoing)
  }
  const response =
    running.table.fatal !== undefined
      ? textResponse(503, 'Function host is not running.')
      : match === undefined || match.function.disabled
        ? withCustomHeaders(
            unmatched(path, takenOver, options),
            running.configuration.customHeaders,
          )
        : await callFunction(incoming, head, { match, running, options })
  writeResponse(outgoing, response)
  const functionName = match?.function.name
  const durationMs = performance.now() - startedAt
  options.onAnswer({ method, path, response, durationMs, functionName })
}

function refuse(outgoing: ServerResponse, status: number): void {
  const response = bareResponse(status)
  writeResponse(outgoing, { ...response, headers: [['connection', 'close']] })
}

function unmatched(path: string, free: boolean, options: HandlerOptions): HostResponse {
  if (path !== '/' || !free) return bareResponse(404)
  if (options.homepageDisabled) return bareResponse(204)
  return textResponse(200, 'Your Functions 4.0 app is up and running')
}

function textResponse(status: number, text: string): HostResponse {
  return { status, headers: [['content-type', 'text/plain']], body: Buffer.from(text) }
}

async function callFunction(
  incoming: IncomingMessage,
  head: RequestHead,
  call: { match: RouteMatch; running: Running; options: HandlerOptions },
): Promise<HostResponse> {
  const { match, running, options } = call
  const { customHeaders } = running.configuration
  const body = await readRequestBody(incoming)
  if (body === 'too large') return withCustomHeaders(bareResponse(500), customHeaders)
  const { scheme } = options
  const request = httpInvocation(match, head, { scheme, body, traced: running.traced })
  const result = await running.worker.invoke(request)
  const fail = (message: string): HostResponse => {
    options.onFailure(match.function.name, request.invocationId, message)
    return bareResponse(500)
  }
  if (result.error !== undefined) return withCustomHeaders(fail(result.error), customHeaders)
  const http = result.returnValue?.http
  if (http === undefined) return withCustomHeaders(bareResponse(204), customHeaders)
  try {
    return withCustomHeaders(functionResponse(http), customHeaders)
  } catch (error) {
    // host.json's headers are missing where writing the response failed.
    return fail((error as Error).message)
  }
}
