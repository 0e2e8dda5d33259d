import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { OutgoingError, type OutgoingFetch } from './outgoing-fetch.ts'
import { createAnswer, type OutgoingAnswer } from './outgoing-answer.ts'
import { decodeBody } from './content-encoding.ts'
import { type Connections, type RawAnswer, sendOver } from './exchange.ts'

const defaultTimeoutMs = 30_000
const defaultMaxBytes = 10 * 1024 * 1024
const repeatableMethods = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
/** Answers that have no body, whatever their headers say (RFC 9110 §6.4.1). */
const bodilessStatuses = new Set([204, 205, 304])
const noBody = new Uint8Array()

/**
 * An HTTP client on kept-alive connections, at a third of the CPU time of the global `fetch`. A
 * request that must not be repeated never goes over a connection that was idle long enough for the
 * other side to be closing it; any other is sent once more where that happened.
 */
export function createHttpClient(): OutgoingFetch {
  const patient = connections(30_000)
  const careful = connections(3_000)

  return async (url, request = {}) => {
    const method = request.method ?? 'GET'
    const maxBytes = request.maxBytes ?? defaultMaxBytes
    const deadline = performance.now() + (request.timeoutMs ?? defaultTimeoutMs)
    const exchange = {
      url: new URL(url),
      method,
      headers: { 'user-agent': 'entra-bff', ...request.headers },
      body: request.body,
      timeoutMs: request.timeoutMs ?? defaultTimeoutMs,
      maxBytes,
    }
    const repeatable = repeatableMethods.has(method)
    let answer = await sendOver(repeatable ? patient : careful, exchange)
    if (answer === 'stale' && repeatable)
      answer = await sendOver(careful, { ...exchange, timeoutMs: deadline - performance.now() })
    if (answer === 'stale') throw new OutgoingError('broken', true)
    return read(answer, maxBytes)
  }
}

/**
 * Idle ones are closed after `idleMs`. A plan allows an instance about 600 connections in all, and
 * there are two of these, each for http and https, beside those of the Azure SDKs.
 */
function connections(idleMs: number): Connections {
  const limits = { maxSockets: 100, maxTotalSockets: 200, maxFreeSockets: 32 }
  const options = { ...limits, keepAlive: true, timeout: idleMs }
  return { http: new HttpAgent(options), https: new HttpsAgent(options) }
}

async function read(answer: RawAnswer, maxBytes: number): Promise<OutgoingAnswer> {
  // A part of an encoded body is no encoded body (RFC 9110 §14.2: ranges are of what is sent).
  const coding = answer.status === 206 ? undefined : answer.contentEncoding
  const body = await decodeBody(answer.body, coding, maxBytes)
  // Of the statuses below 200 none can end an exchange that this client began.
  if (answer.status < 200 || answer.status > 599) throw new OutgoingError('broken', true)
  const asSent = body === answer.body
  const headers = asSent
    ? answer.headers
    : answer.headers.filter(([name]) => !describesEncodedBody(name))
  return createAnswer(answer.status, headers, bodilessStatuses.has(answer.status) ? noBody : body)
}

function describesEncodedBody(name: string): boolean {
  return /^content-(encoding|length)$/i.test(name)
}
