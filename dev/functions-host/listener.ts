import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { requestLimits } from './request-head.ts'

export interface ListenerOptions {
  /** 0 for a free one. */
  readonly port: number
  /** `localhost` listens on IPv4 and, where the machine has it, IPv6. */
  readonly hostname: string
  readonly tls?: { readonly key: string; readonly cert: string } | undefined
}

export interface Listener {
  readonly port: number
  /** Takes no new connections and lets those in use finish. */
  close(): Promise<void>
  /** Breaks every connection off. */
  destroy(): void
}

/** Opens the HTTP server of the host. Rejects with EADDRINUSE where the port is taken. */
export async function openListener(
  options: ListenerOptions,
  onRequest: RequestListener,
): Promise<Listener> {
  let closing = false
  const servers: Server[] = []
  const closeIdle = (): void => servers.forEach((server) => server.closeIdleConnections())
  const listener: RequestListener = (incoming, outgoing) => {
    // A connection that was in use when closing began becomes idle with its last answer.
    outgoing.once('close', () => closing && setImmediate(closeIdle))
    onRequest(incoming, outgoing)
  }
  const local = options.hostname === 'localhost'
  const first = createHttpServer(options, listener)
  await listen(first, options.port, local ? '127.0.0.1' : options.hostname)
  const { port } = first.address() as { port: number }
  servers.push(first)
  if (local) {
    const second = createHttpServer(options, listener)
    try {
      await listen(second, port, '::1')
      servers.push(second)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EADDRINUSE') {
        first.close()
        if (options.port === 0) return openListener(options, onRequest)
        throw error
      }
    }
  }
  return {
    port,
    close: async () => {
      closing = true
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      closeIdle()
      await Promise.all(closed)
    },
    destroy: () => {
      for (const server of servers) server.close().closeAllConnections()
    },
  }
}

function createHttpServer({ tls }: ListenerOptions, onRequest: RequestListener): Server {
  const settings = {
    // Request line and headers are measured apart, later: this only has to be larger than both.
    maxHeaderSize: requestLimits.requestLine + requestLimits.headers + 1024,
    // Kestrel's; a client's connection is not closed in the moment it is used again.
    keepAliveTimeout: 130_000,
  }
  const server =
    tls === undefined
      ? createServer(settings, onRequest)
      : (createTlsServer({ ...settings, ...tls }, onRequest) as unknown as Server)
  server.maxHeadersCount = 0
  server.on('clientError', refuse)
  return server
}

/** Kestrel's answers to what is no HTTP request at all: a bare status, the connection closed. */
function refuse(error: Error & { code?: string; rawPacket?: Buffer }, socket: Socket): void {
  if (!socket.writable) return
  const tooLong = error.code === 'HPE_HEADER_OVERFLOW'
  const firstLine = error.rawPacket?.indexOf('\r\n') ?? -1
  const inLine = firstLine < 0 || firstLine > requestLimits.requestLine
  const status = tooLong
    ? inLine
      ? '414 URI Too Long'
      : '431 Request Header Fields Too Large'
    : ''
  const line = tooLong ? status : '400 Bad Request'
  socket.end(
    `HTTP/1.1 ${line}\r\nContent-Length: 0\r\nConnection: close\r\nServer: Kestrel\r\n\r\n`,
  )
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
