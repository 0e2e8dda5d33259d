import type { LogEntry } from '../../dev/entra/log-entry.ts'
import type { FunctionsHost } from '../../dev/functions-host/functions-host.ts'
import type { EventMembers, EventName } from '../../src/base/events.ts'
import type { FaultRule } from './fault-proxy.ts'
import type { BrowserReply, BrowserRequest, HttpBrowser } from './http-browser.ts'
import type { Stack } from './stack.ts'

/** A log line of an instance, as a query would read it. */
export interface AuditLine extends EventMembers {
  readonly event: EventName
  readonly correlationId: string
  readonly function: string
}

/** The session as `/auth/session` and `/auth/refresh` tell it. */
export interface SessionJson {
  readonly authenticated: boolean
  readonly user: { readonly id: string; readonly username: string; readonly tenantId: string }
  readonly expiresIn: number
  readonly idleExpiresIn: number
  readonly accessTokenExpiresIn: number
}

/** A call of the SPA as a load balancer sends it to instance `index`: the origin stays the same. */
export function callAt(
  stack: Stack,
  browser: HttpBrowser,
  call: `${string} /${string}`,
  index = 0,
  request: BrowserRequest = {},
): Promise<BrowserReply> {
  const [method = '', path = ''] = call.split(' ')
  const headers = { ...(method !== 'GET' && { origin: stack.origin }), ...request.headers }
  return browser.call(method, stack.url(path, index), { ...request, headers })
}

/** Asks instance `index` for the browser's session, without moving its idle end. */
export async function sessionAt(
  stack: Stack,
  browser: HttpBrowser,
  index = 0,
): Promise<SessionJson> {
  const reply = await callAt(stack, browser, 'GET /auth/session?slide=false', index)
  if (reply.status !== 200) throw new Error(`session answered ${reply.status}: ${reply.text}`)
  return reply.json()
}

/** Whether instance `index` takes the browser for signed in. */
export async function isSignedIn(stack: Stack, browser: HttpBrowser, index = 0): Promise<boolean> {
  return (await sessionAt(stack, browser, index)).authenticated
}

/** Asks instance `index` for a refresh. */
export function refreshAt(stack: Stack, browser: HttpBrowser, index = 0): Promise<BrowserReply> {
  return callAt(stack, browser, 'POST /auth/refresh', index)
}

/** Leaves out an instance that a test started and ended. */
export function forgetInstance(stack: Stack, host: FunctionsHost): void {
  const hosts = stack.hosts as FunctionsHost[]
  hosts.splice(hosts.indexOf(host), 1)
}

/** Asks for `count` refreshes at the same time, in turn at every running instance. */
export function refreshTogether(
  stack: Stack,
  browser: HttpBrowser,
  count: number,
  instances = stack.hosts.length,
): Promise<BrowserReply[]> {
  const calls = Array.from({ length: count }, (_, call) =>
    refreshAt(stack, browser.clone(), call % instances),
  )
  return Promise.all(calls)
}

/** Refreshes that reached the provider since its log was last cleared. */
export function refreshRequests(stack: Stack): Promise<LogEntry[]> {
  return stack.admin.requests({ kind: 'token', grant_type: 'refresh_token' })
}

/** A storage fault at the requests of this method to this table, from the `skip`-th on. */
export function storageFault(
  stack: Stack,
  [method, table]: readonly [method: string, table: string],
  rule: Omit<FaultRule, 'match'>,
  skip = 0,
) {
  const pattern = new RegExp(`/${table}(\\(|\\?|$)`)
  let seen = 0
  return stack.storage.rules.add({
    ...rule,
    match: (sent, path) => sent === method && pattern.test(path) && ++seen > skip,
  })
}

/** Every audit line that the instances have written so far, instance by instance. */
export function auditLines(stack: Stack): AuditLine[] {
  return stack.hosts.flatMap(({ logs }) =>
    logs
      .filter(({ message }) => message.startsWith('{"event":'))
      .map(({ message }) => JSON.parse(message) as AuditLine),
  )
}

/** The lines of one event. */
export function linesOf(stack: Stack, event: EventName): AuditLine[] {
  return auditLines(stack).filter((line) => line.event === event)
}

/** Forgets every log line so far. */
export function clearLines(stack: Stack): void {
  for (const { logs } of stack.hosts) logs.splice(0)
}
