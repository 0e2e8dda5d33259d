import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A storage service whose accounts have limits, in front of one that has none. */
export interface ThrottleProxy {
  /** A connection string of the service behind, made to lead through here. */
  through(connectionString: string): string
  /** Operations a second of each account from now on, by its name. */
  limit(account: string, perSecond: number): void
  /** What has gone on since the last time: calls by table, and the median time of those passed on. */
  take(): { readonly calls: number; readonly refused: number; readonly medianMs: number }
  stop(): void
}

/** Answers `503 ServerBusy` beyond the limits, as Table Storage does. */
export async function startThrottleProxy(target: URL): Promise<ThrottleProxy> {
  const agent = new Agent({ keepAlive: true })
  const limits = new Map<string, { perSecond: number; tokens: number; at: number }>()
  let [calls, refused] = [0, 0]
  let times: number[] = []
  const accepts = (account: string): boolean => {
    const limit = limits.get(account)
    if (limit === undefined) return true
    const now = performance.now()
    const refilled = limit.tokens + ((now - limit.at) * limit.perSecond) / 1000
    limit.tokens = Math.min(Math.max(1, limit.perSecond / 10), refilled)
    limit.at = now
    if (limit.tokens < 1) return false
    limit.tokens -= 1
    return true
  }
  const server = createServer((incoming, answer) => {
    const { method, url: path = '', headers } = incoming
    calls++
    if (!accepts(path.split('/')[1] ?? '')) {
      refused++
      incoming.resume()
      const error = JSON.stringify({ 'odata.error': { code: 'ServerBusy' } })
      answer.writeHead(503, { 'content-type': 'application/json' }).end(error)
      return
    }
    const startedAt = performance.now()
    const { hostname, port } = target
    const outgoing = request({ hostname, port, path, method, headers, agent }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
      reply.once('end', () => times.push(performance.now() - startedAt))
    })
    outgoing.once('error', () => answer.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const own = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    through: (connectionString) => connectionString.replace(target.host, own),
    limit: (account, perSecond) =>
      void limits.set(account, { perSecond, tokens: 1, at: performance.now() }),
    take() {
      const sorted = times.toSorted((a, b) => a - b)
      const taken = { calls, refused, medianMs: sorted[sorted.length >> 1] ?? NaN }
      ;[calls, refused, times] = [0, 0, []]
      return taken
    },
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}
