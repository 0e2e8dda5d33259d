import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
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
  /** Takes no new connections, lets requests finish and ends every connection without one. */
  close(): Promise<void>
  /** Breaks every connection off. */
  destroy(): void
}

/** Opens the HTTP server of the host. Rejects with EADDRINUSE where the port is taken. */
export async function openListener(
  options: ListenerOptions,
  onRequest: RequestListener,
): Promise<Listener> {
  const servers: Server[] = []
  const connections = trackConnections()
  const listener: RequestListener = (incoming, outgoing) => {
    connections.use(incoming.socket, outgoing)
    onRequest(incoming, outgoing)
  }
  const create = (): Server => {
    const server = createHttpServer(options, listener)
    server.on(options.tls === undefined ? 'connection' : 'secureConnection', connections.add)
    return server
  }
  const local = options.hostname === 'localhost'
  const first = create()
  await listen(first, options.port, local ? '127.0.0.1' : options.hostname)
  const { port } = first.address() as { port: number }
  servers.push(first)
  if (local) {
    const second = create()
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
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
      connections.close()
      await Promise.all(closed)
    },
    destroy: () => {
      for (const server of servers) server.close().closeAllConnections()
    },
  }
}

/**
 * Knows which connections carry a request. Node counts one that a browser opened in advance and has
 * not used yet as busy, and would wait for it.
 */
function trackConnections() {
  const requests = new Map<Socket, number>()
  let closing = false
  const change = (socket: Socket, by: 1 | -1): void => {
    const count = requests.get(socket)
    if (count === undefined) return
    requests.set(socket, count + by)
    if (closing && count + by === 0) socket.destroySoon()
  }
  return {
    add: (socket: Socket): void => {
      requests.set(socket, 0)
      socket.once('close', () => requests.delete(socket))
    },
    use: (socket: Socket, answer: ServerResponse): void => {
      change(socket, 1)
      answer.once('close', () => change(socket, -1))
    },
    close: (): void => {
      closing = true
      for (const [socket, count] of requests) if (count === 0) socket.destroy()
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
