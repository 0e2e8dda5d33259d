import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { EntraError, errorBody } from './aadsts.ts'
import { admin } from './admin.ts'
import { faultError, takeFault, type Fault } from './faults.ts'
import { jsonReply, type Exchange, type Reply } from './http.ts'
import { errorPage } from './pages/error-page.ts'
import { routes, type Route } from './routes.ts'
import { appendEntry, logEntry } from './sign-in-log.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { tokenErrorReply } from './token-endpoint.ts'

const longestBody = 1024 * 1024

/**
 * The emulator as a request listener, over a state that exists once the port is known. `save` is
 * called after every request that may have changed it, before the answer is sent.
 */
export function entraListener(
  state: () => EmulatorState,
  save: (state: EmulatorState) => void = () => undefined,
): RequestListener {
  return (request, response) => {
    answer(state(), { request, response, save }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      if (response.headersSent) response.destroy()
      else send(response, jsonReply(500, { error: 'emulator_failed', message }))
    })
  }
}

type Received = Omit<Exchange, 'entry' | 'fault' | 'captured'>

interface Call {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly save: (state: EmulatorState) => void
}

async function answer(state: EmulatorState, { request, response, save }: Call): Promise<void> {
  const arrivedAt = performance.now()
  const received = await receive(state, request)
  if (received === undefined) return send(response, jsonReply(413, { error: 'too_large' }))
  if (received.url.pathname.startsWith('/_admin/')) {
    const reply = await admin(state, received)
    save(state)
    return send(response, reply)
  }
  const found = match(received.url.pathname)
  if (found === undefined) return send(response, jsonReply(404, { error: 'not_found' }))
  const { route, captured } = found
  const entry = logEntry(route.kind ?? 'page', received, nowOf(state))
  if (route.kind !== undefined) appendEntry(state.log, entry)
  const finished = (reply: Reply) => {
    entry.status = reply.status
    entry.durationMs = performance.now() - arrivedAt
    send(response, reply)
  }
  if (state.down !== undefined && route.kind !== undefined && route.kind !== 'msi') {
    entry.outcome = 'down'
    if (state.down === 'drop') return drop(response)
    return finished(jsonReply(503, { error: 'temporarily_unavailable' }, { 'retry-after': '9' }))
  }
  const fault =
    route.faults && takeFault(state.faults, route.faults, received.form.get('grant_type'))
  const exchange = { ...received, captured, fault, entry }
  const struck = await strike(state, exchange)
  if (struck === 'hang') return
  if (struck === 'drop') return drop(response)
  const reply = struck ?? (await handled(state, route, exchange))
  if (changesState(route)) save(state)
  if (fault?.drop === 'after') return drop(response)
  finished(reply)
}

function changesState({ kind }: Route): boolean {
  return kind === 'authorize' || kind === 'token' || kind === 'logout'
}

async function strike(
  state: EmulatorState,
  exchange: Exchange,
): Promise<Reply | 'hang' | 'drop' | undefined> {
  const { fault, entry } = exchange
  if (fault === undefined) return undefined
  if (fault.delayMs !== undefined) await delay(fault.delayMs)
  entry.outcome = 'fault'
  if (fault.hang === true) return 'hang'
  if (fault.drop === 'before') return 'drop'
  if (fault.error !== undefined && fault.on !== 'authorize') {
    return tokenErrorReply(state, exchange, faultError(fault.error))
  }
  return fault.answer && faultyAnswer(fault.answer)
}

function faultyAnswer(answer: NonNullable<Fault['answer']>): Reply {
  const body = answer.body ?? ''
  return {
    status: answer.status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...answer.headers },
    body: answer.repeat === undefined ? body : body.repeat(Math.ceil(answer.repeat / body.length)),
  }
}

async function handled(state: EmulatorState, route: Route, exchange: Exchange): Promise<Reply> {
  try {
    return await route.handle(state, exchange)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    exchange.entry.outcome = `shown: AADSTS${error.code}`
    const isPage = route.kind === 'authorize' || route.kind === 'logout'
    if (isPage) return errorPage(error)
    return jsonReply(error.status, errorBody(error, state.origin, nowOf(state)))
  }
}

async function receive(
  state: EmulatorState,
  request: IncomingMessage,
): Promise<Received | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > longestBody) return undefined
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString()
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return {
    method: request.method ?? 'GET',
    // `//host` would otherwise be taken for an authority.
    url: new URL(state.origin + (request.url ?? '/')),
    headers: request.headers,
    body,
    form: new URLSearchParams(isForm ? body : ''),
  }
}

function match(path: string): { route: Route; captured: string[] } | undefined {
  for (const route of routes) {
    const found = route.pattern.exec(path)
    if (found !== null) return { route, captured: found.slice(1).map(decodeURIComponent) }
  }
  return undefined
}

function send(response: ServerResponse, reply: Reply): void {
  const headers = Object.entries(reply.headers).filter(([, value]) => value !== '')
  response.writeHead(reply.status, Object.fromEntries(headers))
  response.end(reply.body)
}

function drop(response: ServerResponse): void {
  response.socket?.destroy()
}
