import { request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenOnLoopback, type LoopbackServer } from '../../../dev/loopback-server.ts'

/** What the stand-in for the functions answers next; tests change it. */
export interface StubState {
  signedIn: boolean
  idleExpiresIn: number
  expiresIn: number
  accessTokenExpiresIn: number
  /** Answer to everything below /auth and /api, in place of the usual one. */
  failure: { status: number; code: string; loginUrl?: string } | undefined
  apiFailure: { status: number; code: string; loginUrl?: string } | undefined
  calls: { method: string; path: string; csrf: string | undefined; body: string }[]
}

/** Speaks the BFF's contract with no identity provider behind it, on the origin of the demo app. */
export async function startStubBff(demoApp: string) {
  const state: StubState = newState()
  const server = await listenOnLoopback((request, response) => {
    respond(request, response).catch(() => response.destroy())
  })

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const method = request.method ?? 'GET'
    if (!/^\/(auth|api|_local)\//.test(path)) return passOn(request, response, demoApp)
    const body = await readBody(request)
    const csrf = request.headers['x-csrf'] as string | undefined
    state.calls.push({ method, path, csrf, body })
    const failure = path.startsWith('/api/') ? state.apiFailure : state.failure
    if (failure) return sendProblem(response, failure)
    const { pathname } = new URL(path, server.origin)
    answers[`${method} ${pathname}`]?.(response, state, server)
    if (!response.writableEnded) response.writeHead(404).end()
  }

  return { ...server, state, reset: () => Object.assign(state, newState()) }
}

type Respond = (response: ServerResponse, state: StubState, server: LoopbackServer) => void

const answers: Record<string, Respond> = {
  'GET /auth/session': (response, state, server) => sendJson(response, session(state, server)),
  'POST /auth/refresh': (response, state, server) => {
    state.accessTokenExpiresIn = 3600
    sendJson(response, session(state, server))
  },
  'POST /auth/logout': (response, state, server) => {
    state.signedIn = false
    sendJson(response, { logoutUrl: `${server.origin}/signed-out` })
  },
  'GET /auth/login': (response, state) => {
    state.signedIn = true
    response.writeHead(302, { location: '/session' }).end()
  },
  'GET /api/demo/me': (response) => {
    response.setHeader('x-upstream', 'demo')
    sendJson(response, { name: 'Ada Lovelace', headers: ['authorization'] })
  },
  'GET /api/demo/sensitive': (response) => {
    response.setHeader('x-upstream', 'demo')
    sendJson(response, { salary: 'a round figure' })
  },
  'GET /_local/requests': (response) => sendJson(response, loggedRequests),
}

const loggedRequests = [
  { method: 'GET', path: '/auth/login?returnTo=/session', status: 302, durationMs: 3.2 },
  { method: 'GET', path: '/assets/bff.js', status: 200, durationMs: 1 },
  { method: 'GET', path: '/auth/callback?code=0.AB…', status: 200, durationMs: 41 },
  { method: 'GET', path: '/session', status: 200, durationMs: 2 },
  { method: 'GET', path: '/auth/session', status: 200, durationMs: 4 },
  { method: 'GET', path: '/auth/session', status: 200, durationMs: 9 },
]

function newState(): StubState {
  return {
    signedIn: true,
    idleExpiresIn: 2520,
    expiresIn: 43_000,
    accessTokenExpiresIn: 720,
    failure: undefined,
    apiFailure: undefined,
    calls: [],
  }
}

function session(state: StubState, server: LoopbackServer) {
  if (!state.signedIn) return { authenticated: false, loginUrl: `${server.origin}/auth/login` }
  const { expiresIn, idleExpiresIn, accessTokenExpiresIn } = state
  const user = {
    id: '0f8fad5b-d9cb-469f-a165-70867728950e',
    tenantId: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    name: 'Ada Lovelace',
    username: 'ada@contoso.test',
    email: null,
    roles: ['Admin'],
    claims: {},
  }
  const logoutUrl = `${server.origin}/auth/logout`
  return { authenticated: true, user, expiresIn, idleExpiresIn, accessTokenExpiresIn, logoutUrl }
}

function sendJson(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

function sendProblem(response: ServerResponse, failure: NonNullable<StubState['failure']>): void {
  const correlationId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const body = { type: `urn:problem-type:entra-bff:${failure.code}`, ...failure, correlationId }
  const headers = { 'content-type': 'application/problem+json', 'retry-after': '5' }
  response.writeHead(failure.status, headers).end(JSON.stringify(body))
}

function passOn(request: IncomingMessage, response: ServerResponse, origin: string): void {
  const onward = forward(origin + (request.url ?? '/'), { method: request.method }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
