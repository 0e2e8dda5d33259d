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
  /** What is answered in place of the app, where it does not run and somebody has words for it. */
  readonly failurePage: () => HostResponse | undefined
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
  readonly invocationId: string | undefined
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
  const failed = options.failurePage()
  if (failed !== undefined) {
    writeResponse(outgoing, failed)
    return options.onAnswer({
      method: head.method,
      path: head.target.path,
      response: failed,
      durationMs: performance.now() - startedAt,
      functionName: undefined,
      invocationId: undefined,
    })
  }
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
    const target = { origin: options.fallbackOrigin, path: head.target.urlPath + head.target.query }
    return passOn(target, incoming, outgoing)
  }
  const called =
    match === undefined || match.function.disabled || running.table.fatal !== undefined
      ? undefined
      : await callFunction(incoming, head, { match, running, options })
  const response =
    called?.response ??
    (running.table.fatal === undefined
      ? withCustomHeaders(unmatched(path, takenOver, options), running.configuration.customHeaders)
      : textResponse(503, 'Function host is not running.'))
  writeResponse(outgoing, response)
  const functionName = match?.function.name
  const durationMs = performance.now() - startedAt
  const invocationId = called?.invocationId
  options.onAnswer({ method, path, response, durationMs, functionName, invocationId })
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

interface Called {
  readonly response: HostResponse
  readonly invocationId: string | undefined
}

async function callFunction(
  incoming: IncomingMessage,
  head: RequestHead,
  call: { match: RouteMatch; running: Running; options: HandlerOptions },
): Promise<Called> {
  const { match, running, options } = call
  const { customHeaders } = running.configuration
  const body = await readRequestBody(incoming)
  if (body === 'too large') {
    return {
      response: withCustomHeaders(bareResponse(500), customHeaders),
      invocationId: undefined,
    }
  }
  const { scheme } = options
  const request = httpInvocation(match, head, { scheme, body, traced: running.traced })
  const { invocationId } = request
  const result = await running.worker.invoke(request)
  const fail = (message: string): HostResponse => {
    options.onFailure(match.function.name, invocationId, message)
    return bareResponse(500)
  }
  if (result.error !== undefined) {
    return { response: withCustomHeaders(fail(result.error), customHeaders), invocationId }
  }
  const http = result.returnValue?.http
  if (http === undefined) {
    return { response: withCustomHeaders(bareResponse(204), customHeaders), invocationId }
  }
  try {
    return { response: withCustomHeaders(functionResponse(http), customHeaders), invocationId }
  } catch (error) {
    // host.json's headers are missing where writing the response failed.
    return { response: fail((error as Error).message), invocationId }
  }
}
