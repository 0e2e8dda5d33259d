import { type Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http'
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { OutgoingError, type OutgoingFailure } from './outgoing-fetch.ts'

/** The kept connections of one client. */
export interface Connections {
  readonly http: HttpAgent
  readonly https: HttpsAgent
}

/** One request with its bounds. */
export interface Exchange {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | undefined
  readonly timeoutMs: number
  readonly maxBytes: number
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly contentEncoding: string | undefined
  readonly body: Buffer
}

/**
 * Sends a request and reads its whole answer, or `stale` where a kept connection was closed before
 * any of it. Rejects with `OutgoingError`.
 */
export async function sendOver(
  connections: Connections,
  exchange: Exchange,
): Promise<RawAnswer | 'stale'> {
  let timer: NodeJS.Timeout | undefined
  const answer = new Promise<RawAnswer | 'stale'>((resolve, reject) => {
    let sent = false
    let answering = false
    const outgoing = open(connections, exchange)
    const fail = (kind: OutgoingFailure) => {
      reject(new OutgoingError(kind, sent))
      outgoing.destroy()
    }
    timer = setTimeout(() => fail('timeout'), exchange.timeoutMs)
    outgoing.on('socket', (socket) => {
      const secure = exchange.url.protocol === 'https:'
      if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', () => (sent = true))
      else sent = true
    })
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      if (closed && outgoing.reusedSocket && !answering) resolve('stale')
      else fail(sent ? 'broken' : 'connect')
    })
    outgoing.on('response', (message) => {
      answering = true
      collect(message, exchange, fail, resolve)
    })
    outgoing.on('close', () => {
      // After an upgrade that nobody asked for there is neither answer nor error.
      if (!answering) fail('broken')
    })
    outgoing.end(exchange.body)
  })
  return answer.finally(() => clearTimeout(timer))
}

function open({ http, https }: Connections, { url, method, headers, body }: Exchange) {
  const length = body === undefined ? undefined : Buffer.byteLength(body)
  const options = {
    method,
    headers: { ...headers, ...(length !== undefined && { 'content-length': length }) },
    // A URL's user and password would become a header.
    auth: null,
  }
  return url.protocol === 'https:'
    ? httpsRequest(url, { ...options, agent: https })
    : httpRequest(url, { ...options, agent: http })
}

function collect(
  message: IncomingMessage,
  { method, maxBytes }: Exchange,
  fail: (kind: OutgoingFailure) => void,
  done: (answer: RawAnswer) => void,
): void {
  const chunks: Buffer[] = []
  let size = method === 'HEAD' ? 0 : Number(message.headers['content-length'] ?? 0)
  if (size > maxBytes) return fail('too_large')
  size = 0
  message.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size > maxBytes) fail('too_large')
    else chunks.push(chunk)
  })
  message.on('error', () => fail('broken'))
  message.on('close', () => {
    if (!message.readableEnded) fail('broken')
  })
  message.on('end', () => {
    if (!message.complete) return fail('broken')
    done({
      status: message.statusCode ?? 0,
      headers: pairs(message.rawHeaders),
      contentEncoding: message.headers['content-encoding'],
      body: Buffer.concat(chunks),
    })
  })
}

function pairs(rawHeaders: readonly string[]): (readonly [string, string])[] {
  return rawHeaders.flatMap((name, at) =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : [],
  )
}
