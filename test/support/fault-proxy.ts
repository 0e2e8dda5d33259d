import { Agent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { listenOnLoopback } from '../../dev/loopback-server.ts'

/** What happens to a request that a rule matches. */
export interface FaultRule {
  /** Which requests; all where it is absent. */
  readonly match?: (method: string, path: string) => boolean
  /** How many times; without it every time, until removed. */
  readonly times?: number
  /**
   * delay: goes on after `ms`. status: answers `status` and `code`, nothing is applied. 412: the same
   * with the service's conflict. drop-after-apply: applied, and the connection breaks before the
   * answer. reset: the connection breaks, nothing is applied. hang: no answer ever. garbage: 200 with
   * nonsense.
   */
  readonly action: 'delay' | 'status' | 'drop-after-apply' | 'reset' | '412' | 'hang' | 'garbage'
  readonly status?: number
  readonly code?: string
  readonly retryAfterSeconds?: number
  readonly ms?: number
}

/** A request that came through. */
export interface ProxiedRequest {
  readonly method: string
  readonly path: string
  /** `signIns`, `sessions`, `sessionIndex`, `$batch` or `Tables`. */
  readonly table?: string
  readonly rowKey?: string
}

export interface FaultProxy {
  readonly origin: string
  readonly rules: {
    /** The newest matching rule decides. `hits` counts how often it did. */
    add(rule: FaultRule): { hits(): number; remove(): void }
    clear(): void
  }
  readonly requests: ProxiedRequest[]
  /** Requests so far by method and table, like `GET sessions`. */
  counts(): Record<string, number>
  /** Forgets the requests so far. */
  reset(): void
  stop(): Promise<void>
}

interface ActiveRule {
  readonly rule: FaultRule
  hits: number
}

/** An HTTP proxy that passes everything on to `target` (an origin), records it, and errs to order. */
export async function startFaultProxy({ target }: { target: string }): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  const active: ActiveRule[] = []
  const requests: ProxiedRequest[] = []
  const server = await listenOnLoopback((incoming, answer) => {
    const method = incoming.method ?? 'GET'
    const path = incoming.url ?? '/'
    requests.push({ method, path, ...tableAndRow(path) })
    const found = active.findLast(
      ({ rule, hits }) => hits < (rule.times ?? Infinity) && (rule.match?.(method, path) ?? true),
    )
    if (found !== undefined) found.hits++
    const forward = () => passOn({ target, agent, incoming })
    serve(found?.rule, answer, incoming, forward).catch(() => answer.destroy())
  })
  return {
    origin: server.origin,
    requests,
    rules: {
      add(rule) {
        const entry = { rule, hits: 0 }
        active.push(entry)
        return {
          hits: () => entry.hits,
          remove: () => void active.splice(active.indexOf(entry), 1),
        }
      },
      clear: () => void active.splice(0),
    },
    counts() {
      const counts: Record<string, number> = {}
      for (const { method, table } of requests) {
        const name = `${method} ${table ?? '?'}`
        counts[name] = (counts[name] ?? 0) + 1
      }
      return counts
    },
    reset: () => void requests.splice(0),
    async stop() {
      await server.stop()
      agent.destroy()
    },
  }
}

/** The connection string of the same account, reached through a proxy. */
export function throughProxy(connectionString: string, proxy: { origin: string }): string {
  return connectionString.replace(/(TableEndpoint=)https?:\/\/[^/;]+/i, `$1${proxy.origin}`)
}

interface Answered {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

async function serve(
  rule: FaultRule | undefined,
  answer: ServerResponse,
  incoming: IncomingMessage,
  forward: () => Promise<Answered>,
): Promise<void> {
  if (rule === undefined || rule.action === 'delay') {
    if (rule !== undefined) await wait(rule.ms ?? 0)
    const { status, headers, body } = await forward()
    answer.writeHead(status, headers).end(body)
    return
  }
  if (rule.action === 'drop-after-apply') await forward()
  if (rule.action === 'reset' || rule.action === 'drop-after-apply') incoming.socket.destroy()
  if (rule.action === 'garbage')
    answer.writeHead(200, { 'content-type': 'application/json' }).end('<html>]')
  if (rule.action === 'status' || rule.action === '412') refuse(rule, answer)
}

function refuse(rule: FaultRule, answer: ServerResponse): void {
  const conflict = rule.action === '412'
  const status = rule.status ?? (conflict ? 412 : 503)
  const code = rule.code ?? (conflict ? 'UpdateConditionNotSatisfied' : 'ServerBusy')
  answer.writeHead(status, {
    'content-type': 'application/json;odata=minimalmetadata',
    ...(rule.retryAfterSeconds !== undefined && { 'retry-after': String(rule.retryAfterSeconds) }),
  })
  answer.end(
    JSON.stringify({ 'odata.error': { code, message: { lang: 'en-US', value: 'to order' } } }),
  )
}

async function passOn(call: {
  target: string
  agent: Agent
  incoming: IncomingMessage
}): Promise<Answered> {
  const body = await readAll(call.incoming)
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(new URL(call.incoming.url ?? '/', call.target), {
      agent: call.agent,
      method: call.incoming.method ?? 'GET',
      headers: { ...call.incoming.headers, host: new URL(call.target).host },
    })
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      readAll(response).then(
        (text) =>
          resolve({ status: response.statusCode ?? 502, headers: response.headers, body: text }),
        reject,
      )
    })
    outgoing.end(body)
  })
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function tableAndRow(path: string): { table?: string; rowKey?: string } {
  const [, table, keys] = /^\/[^/?]+\/([$\w]+)(\([^?]*)?/.exec(path) ?? []
  const rowKey = /RowKey='([^']*)'/.exec(decodeURIComponent(keys ?? ''))?.[1]
  return { ...(table !== undefined && { table }), ...(rowKey !== undefined && { rowKey }) }
}
