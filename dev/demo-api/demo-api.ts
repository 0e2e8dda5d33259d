import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { JWTPayload } from 'jose'
import { listenOnLoopback, type LoopbackServer } from '../loopback-server.ts'
import {
  createTokenCheck,
  requireAuthenticationContext,
  Unauthorized,
  type TrustedIssuer,
} from './access-token.ts'

interface Answer {
  status: number
  body?: unknown
  headers?: Record<string, string>
}

interface Call {
  request: IncomingMessage
  url: URL
  claims: JWTPayload
}

const longestWait = 60_000
const maxBodyBytes = 1024 * 1024

/** An API that the BFF calls with the user's access token. It sets no CORS header: browsers are kept out. */
export async function startDemoApi(
  options: TrustedIssuer & { port?: number },
): Promise<LoopbackServer> {
  const checkToken = createTokenCheck(options)
  return await listenOnLoopback((request, response) => {
    answer(request, checkToken)
      .catch(describeError)
      .then((result) => send(response, result))
      .catch(() => response.destroy())
  }, options.port)
}

const routes: [RegExp, (call: Call) => Answer | Promise<Answer>][] = [
  [/^GET \/me$/, me],
  [/^GET \/orders$/, () => ({ status: 200, body: { orders } })],
  [/^POST \/orders$/, createOrder],
  [/^GET \/sensitive$/, sensitive],
  [/^GET \/slow$/, slow],
  [/^GET \/status\/([2-5]\d\d)$/, status],
]

const orders = [
  { id: 1, article: 'Analytical engine', amount: 1 },
  { id: 2, article: 'Punched cards', amount: 500 },
]

async function answer(
  request: IncomingMessage,
  checkToken: ReturnType<typeof createTokenCheck>,
): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const claims = await checkToken(request.headers.authorization)
  const method = request.method === 'HEAD' ? 'GET' : request.method
  const route = routes.find(([pattern]) => pattern.test(`${method} ${url.pathname}`))
  return (
    (await route?.[1]({ request, url, claims })) ?? { status: 404, body: { error: 'not_found' } }
  )
}

/** Who calls, and which headers arrived: no cookie among them. */
function me({ request, claims }: Call): Answer {
  const { name = null, oid = null, scp = null } = claims
  return { status: 200, body: { name, oid, scp, headers: Object.keys(request.headers).sort() } }
}

async function createOrder({ request }: Call): Promise<Answer> {
  const text = await readBody(request)
  if (text === undefined) return { status: 413, body: { error: 'too_large' } }
  try {
    const order: unknown = JSON.parse(text)
    return { status: 201, headers: { location: 'orders/3' }, body: { id: 3, order } }
  } catch {
    return { status: 400, body: { error: 'invalid_json' } }
  }
}

function sensitive({ claims }: Call): Answer {
  requireAuthenticationContext(claims, 'c1')
  return { status: 200, body: { salary: 'a round figure', acrs: claims['acrs'] } }
}

async function slow({ request, url }: Call): Promise<Answer> {
  const wait = Math.min(Math.max(Number(url.searchParams.get('ms')) || 0, 0), longestWait)
  const gone = new AbortController()
  request.socket.once('close', () => gone.abort())
  await setTimeout(wait, undefined, { signal: gone.signal })
  return { status: 200, body: { waitedMs: wait } }
}

function status({ url }: Call): Answer {
  const status = Number(url.pathname.slice('/status/'.length))
  return bodiless.has(status) ? { status } : { status, body: { status } }
}

const bodiless = new Set([204, 205, 304])

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBodyBytes) chunks.push(chunk)
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks).toString('utf8')
}

function describeError(error: unknown): Answer {
  if (!(error instanceof Unauthorized)) return { status: 500, body: { error: 'server_error' } }
  const headers = { 'www-authenticate': error.challenge }
  return { status: 401, headers, body: { error: 'unauthorized' } }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    'cache-control': 'no-store',
    ...headers,
  })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}
