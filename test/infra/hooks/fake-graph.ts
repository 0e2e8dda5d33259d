import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { listenOnLoopback } from '../../../dev/loopback-server.ts'
import type { Password } from '../../../scripts/azd/graph.ts'

/** A registration as the fake keeps it, passwords without their values as Graph does. */
export interface FakeApplication {
  readonly id: string
  readonly appId: string
  readonly uniqueName: string
  readonly displayName: string
  passwords: Password[]
}

/** The part of Microsoft Graph v1.0 that the hooks use, on this machine. */
export interface FakeGraph {
  readonly url: string
  readonly applications: FakeApplication[]
  readonly deleted: FakeApplication[]
  /** Values of the secrets that it made, in order. */
  readonly secrets: string[]
  /** Answers of the next calls in place of the true ones. */
  readonly failures: {
    readonly status: number
    readonly code: string
    readonly retryAfter?: number
  }[]
  stop(): Promise<void>
}

/** Starts a Graph with one registration, which takes calls with any bearer token. */
export async function startFakeGraph(): Promise<FakeGraph> {
  const graph: Omit<FakeGraph, 'url' | 'stop'> = {
    applications: [
      {
        id: randomUUID(),
        appId: '33333333-3333-4333-8333-333333333333',
        uniqueName: 'entra-bff-66666666-6666-4666-8666-666666666666-dev',
        displayName: 'entra-bff (dev)',
        passwords: [],
      },
    ],
    deleted: [],
    secrets: [],
    failures: [],
  }
  const server = await listenOnLoopback((request, response) => {
    void handle(graph, request, response)
  })
  return { ...graph, url: server.origin, stop: () => server.stop() }
}

type State = Omit<FakeGraph, 'url' | 'stop'>

interface Reply {
  readonly status: number
  readonly body?: unknown
}

async function handle(
  state: State,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  const failure = state.failures.shift()
  if (failure?.retryAfter !== undefined)
    response.setHeader('retry-after', String(failure.retryAfter))
  const { status, body } =
    failure === undefined
      ? answer(state, request, text === '' ? {} : (JSON.parse(text) as object))
      : error(failure.status, failure.code)
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

function answer(state: State, request: IncomingMessage, body: object): Reply {
  if (!request.headers.authorization?.startsWith('Bearer '))
    return error(401, 'InvalidAuthenticationToken')
  const url = new URL(request.url ?? '', 'http://graph')
  const path = decodeURIComponent(url.pathname)
  const key = /^\/v1\.0\/applications\((appId|uniqueName)='([^']+)'\)(?:\/(\w+))?$/.exec(path)
  const [, name, value, action] = key ?? []
  const application = state.applications.find(
    (one) => name !== undefined && one[name as 'appId' | 'uniqueName'] === value,
  )
  if (key !== null && application === undefined) return error(404, 'Request_ResourceNotFound')
  if (application !== undefined) {
    if (request.method === 'GET' && action === undefined)
      return { status: 200, body: shown(application) }
    if (request.method === 'POST' && action === 'addPassword')
      return addPassword(state, application, body)
    if (request.method === 'POST' && action === 'removePassword')
      return removePassword(application, body)
  }
  return request.method === 'DELETE' ? remove(state, path) : error(400, 'BadRequest')
}

function shown({ id, appId, displayName, passwords }: FakeApplication): object {
  return { id, appId, displayName, passwordCredentials: passwords }
}

function addPassword(state: State, application: FakeApplication, body: object): Reply {
  const { passwordCredential } = body as { passwordCredential: Omit<Password, 'keyId'> }
  const password = { keyId: randomUUID(), ...passwordCredential }
  const secretText = `secret-${randomUUID()}`
  application.passwords.push(password)
  state.secrets.push(secretText)
  return { status: 200, body: { ...password, secretText } }
}

function removePassword(application: FakeApplication, body: object): Reply {
  const { keyId } = body as { keyId: string }
  const kept = application.passwords.filter((password) => password.keyId !== keyId)
  if (kept.length === application.passwords.length) return error(404, 'Request_ResourceNotFound')
  application.passwords = kept
  return { status: 204 }
}

function remove(state: State, path: string): Reply {
  const [, folder, id] =
    /^\/v1\.0\/(applications|directory\/deletedItems)\/([\w-]+)$/.exec(path) ?? []
  const list = folder === 'applications' ? state.applications : state.deleted
  const at = list.findIndex((one) => one.id === id)
  const [removed] = at === -1 ? [] : list.splice(at, 1)
  if (removed === undefined) return error(404, 'Request_ResourceNotFound')
  if (folder === 'applications') state.deleted.push(removed)
  return { status: 204 }
}

function error(status: number, code: string): Reply {
  return { status, body: { error: { code, message: 'made up', innerError: {} } } }
}
