import http, { type IncomingHttpHeaders } from 'node:http'
import https from 'node:https'
import type { TableServiceClientOptions } from '@azure/data-tables'
import { retryAfterMs } from '../base/retry-after.ts'

/** The HTTP client that the Azure SDKs accept in place of their own. */
export type SdkHttpClient = NonNullable<TableServiceClientOptions['httpClient']>
type SdkRequest = Parameters<SdkHttpClient['sendRequest']>[0]
type SdkResponse = Awaited<ReturnType<SdkHttpClient['sendRequest']>>
type SdkHeaders = SdkResponse['headers']

/** Bounds of one SDK call, in milliseconds. */
export interface CallBounds {
  /** One try once it has a socket: connecting, sending and the whole answer. */
  readonly tryMs: number
  /** All tries together, waits included. */
  readonly totalMs: number
  readonly maxRetries: number
}

const retryableStatuses = new Set([408, 429, 500, 502, 503, 504])
const backoffMs = 150

/**
 * Sockets are kept and bounded: the platform caps outgoing connections per instance, and a new TLS
 * connection costs more than the call it is for.
 */
const agentOptions = { keepAlive: true, maxSockets: 128, maxFreeSockets: 32, timeout: 60_000 }

const repeatedRequests = new WeakSet<object>()

/**
 * Tells whether an SDK request was sent more than once, so that its last answer may be about the work
 * of an earlier try whose own answer was lost.
 */
export function wasRepeated(error: unknown): boolean {
  const request = error instanceof Error && 'request' in error ? error.request : undefined
  return typeof request === 'object' && request !== null && repeatedRequests.has(request)
}

/**
 * A client over keep-alive `node:http` agents that repeats what may be repeated (no answer, 408, 429,
 * 5xx) with full jitter, honours `Retry-After` and never outlives its bounds. The SDK's own retries
 * neither repeat a try that timed out nor bound the whole call, and its client does not time the body.
 */
export function createSdkHttpClient(bounds: CallBounds): SdkHttpClient {
  const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) }
  return { sendRequest: (request) => sendWithRetries(request, bounds, agents) }
}

interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

async function sendWithRetries(
  request: SdkRequest,
  bounds: CallBounds,
  agents: Agents,
): Promise<SdkResponse> {
  const endsAt = performance.now() + bounds.totalMs
  for (let retries = 0; ; retries++) {
    const remaining = endsAt - performance.now()
    const outcome = await sendOnce(request, { tryMs: bounds.tryMs, remaining }, agents).catch(
      (error: unknown) => asError(error),
    )
    const failed = outcome instanceof Error || retryableStatuses.has(outcome.status)
    if (!failed) return outcome
    const waitMs = Math.max(
      Math.random() * backoffMs * 2 ** retries,
      outcome instanceof Error
        ? 0
        : (retryAfterMs(outcome.headers.get('retry-after'), Date.now()) ?? 0),
    )
    const hopeless = performance.now() + waitMs >= endsAt || request.abortSignal?.aborted === true
    if (retries >= bounds.maxRetries || hopeless) {
      if (outcome instanceof Error) throw outcome
      return outcome
    }
    repeatedRequests.add(request)
    await wait(waitMs, request.abortSignal)
  }
}

/** What is left of a call, in milliseconds: for this try, and in all. */
interface TimeLeft {
  readonly tryMs: number
  readonly remaining: number
}

function sendOnce(request: SdkRequest, time: TimeLeft, agents: Agents): Promise<SdkResponse> {
  const url = new URL(request.url)
  const secure = url.protocol === 'https:'
  if (!secure && request.allowInsecureConnection !== true)
    return Promise.reject(new Error('plain http is for loopback only'))
  return new Promise((resolve, reject) => {
    const body = textBody(request)
    const outgoing = (secure ? https : http).request({
      agent: secure ? agents.https : agents.http,
      method: request.method,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      path: url.pathname + url.search,
      headers: headerList(request, url.host, body),
    })
    const settle = abortAfter(outgoing, time, request.abortSignal)
    const fail = (error: Error) => {
      settle()
      reject(error)
    }
    outgoing.once('error', fail)
    outgoing.once('response', (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.once('error', fail)
      incoming.once('end', () => {
        settle()
        const bodyAsText = Buffer.concat(chunks).toString('utf8')
        const headers = answerHeaders(incoming.headers)
        resolve({ request, status: incoming.statusCode ?? 0, headers, bodyAsText })
      })
    })
    outgoing.end(body)
  })
}

/** Names and values in turns, which Node sends as they are: a third less work than for an object. */
function headerList(request: SdkRequest, host: string, body: string | undefined): string[] {
  const list = ['host', host]
  for (const [name, value] of Object.entries(request.headers.toJSON({ preserveCase: true })))
    if (!/^(host|content-length)$/i.test(name)) list.push(name, value)
  if (body !== undefined) list.push('content-length', String(Buffer.byteLength(body)))
  return list
}

/**
 * Ends an exchange that takes too long or is no longer wanted; the returned function calls that off.
 * Waiting for a socket is nothing that the service does: it counts for the whole call alone.
 */
function abortAfter(
  outgoing: http.ClientRequest,
  { tryMs, remaining }: TimeLeft,
  signal: SdkRequest['abortSignal'],
): () => void {
  const giveUp = () => {
    outgoing.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
  }
  const timers = [setTimeout(giveUp, remaining)]
  const startTry = () => void timers.push(setTimeout(giveUp, tryMs))
  outgoing.once('socket', startTry)
  const clear = () => {
    outgoing.off('socket', startTry)
    for (const timer of timers) clearTimeout(timer)
  }
  if (signal === undefined) return clear
  const abort = () => {
    outgoing.destroy(Object.assign(new Error('called off'), { code: 'ABORT_ERR' }))
  }
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort)
  return () => {
    clear()
    signal.removeEventListener('abort', abort)
  }
}

function wait(ms: number, signal: SdkRequest['abortSignal']): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}

/** The tables and the vault send JSON or nothing. */
function textBody({ body }: SdkRequest): string | undefined {
  if (body === undefined || body === null) return undefined
  if (typeof body !== 'string') throw new TypeError('a body must be text')
  return body
}

/** Headers in the interface that the SDK expects; names in lower case. */
export function sdkHeaders(all: Record<string, string>): SdkHeaders {
  return {
    get: (name) => all[name.toLowerCase()],
    has: (name) => Object.hasOwn(all, name.toLowerCase()),
    set: (name, value) => {
      all[name.toLowerCase()] = String(value)
    },
    delete: (name) => {
      delete all[name.toLowerCase()]
    },
    toJSON: () => all,
    [Symbol.iterator]: () => Object.entries(all)[Symbol.iterator](),
  }
}

/** The first of each header that came. */
function answerHeaders(incoming: IncomingHttpHeaders): SdkHeaders {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming))
    if (value !== undefined) all[name] = Array.isArray(value) ? (value[0] ?? '') : value
  return sdkHeaders(all)
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown fault')
}
