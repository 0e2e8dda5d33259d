import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A part of the local stack that listens on this machine only. */
export interface LoopbackServer {
  origin: string
  /** Ends open connections too, so that it never waits for a browser. */
  stop(): Promise<void>
}

/** Listens on 127.0.0.1; without a port on any free one. Rejects with `EADDRINUSE` where it is taken. */
export async function listenOnLoopback(
  listener: RequestListener,
  port = 0,
): Promise<LoopbackServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${String(address.port)}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
