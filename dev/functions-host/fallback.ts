import { request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'

/** Passes a request that no function takes on to the demo app, and its answer back. */
export function passOn(
  { origin, path }: { origin: string; path: string },
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  const { method, headers } = incoming
  // Never resolved against the origin: `//host/x` would lead to that host, with the cookies.
  const { hostname, port } = new URL(origin)
  const forwarded = sendRequest({ hostname, port, path, method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(outgoing)
  })
  forwarded.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502)
    outgoing.end()
  })
  incoming.pipe(forwarded)
}
