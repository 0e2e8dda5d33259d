import { request as sendRequest, type IncomingMessage, type ServerResponse } from 'node:http'

/** Passes a request that no function takes on to the demo app, and its answer back. */
export function passOn(origin: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming
  const forwarded = sendRequest(new URL(url ?? '/', origin), { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    answer.pipe(outgoing)
  })
  forwarded.on('error', () => {
    if (!outgoing.headersSent) outgoing.writeHead(502)
    outgoing.end()
  })
  incoming.pipe(forwarded)
}
