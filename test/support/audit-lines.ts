import { expect } from 'vitest'
import { type EventMembers, type EventName, eventNames, events } from '../../src/base/events.ts'
import { loginFailureReasons } from '../../src/base/login-failures.ts'
import { type AuditLine, auditLines } from './instances.ts'
import type { Stack } from './stack.ts'

type Member = keyof EventMembers

/** Every event with the members that its lines may have, beside event, correlation id and function. */
export function membersOf(event: EventName): readonly Member[] {
  return events[event].members
}

/** What each member looks like: closed lists, ids and numbers, nowhere free text. */
const shapes: Readonly<Record<Member, RegExp | 'boolean' | 'seconds' | 'numbers' | 'texts'>> = {
  silent: 'boolean',
  step: 'boolean',
  repeated: 'boolean',
  complete: 'boolean',
  userId: /^[\w-]{1,64}$/,
  tenantId: /^[0-9a-f-]{36}$/,
  session: /^[\w-]{8}$/,
  durationMs: 'seconds',
  status: 'seconds',
  scanned: 'seconds',
  deleted: 'seconds',
  oldestExpiredSeconds: 'seconds',
  code: /^[a-z_]{1,40}$/,
  reason: /^[a-z_]{1,40}$/,
  check: /^[a-z-]{1,20}$/,
  parameter: /^[\w.-]{1,40}$/,
  upstream: /^[a-z][a-z0-9-]{0,31}$/,
  dependency: /^[a-z_]{1,20}$/,
  operation: /^[A-Za-z_.]{1,40}$/,
  skewSeconds: 'seconds',
  version: /^[\w-]{1,64}$/,
  idpError: /^[\w.-]{1,64}$/,
  idpSuberror: /^[\w.-]{1,64}$/,
  idpErrorCodes: 'numbers',
  idpTraceId: /^[0-9a-f-]{36}$/i,
  idpCorrelationId: /^[0-9a-f-]{36}$/i,
  mistakes: 'texts',
  error: /^\w{1,64}$/,
  at: /^at [^?#]{1,200}$/,
}

/**
 * Checks every line that the instances have written so far: an event of the closed list, with its own
 * members alone, each in its shape, and none of `secrets` anywhere.
 */
export function expectClosedLines(stack: Stack, secrets: readonly string[] = []): void {
  const functions = [...stack.hosts[0]!.functions.map(({ name }) => name), 'sweepExpired']
  for (const line of auditLines(stack)) expectClosedLine(line, functions)
  const written = stack.hosts.flatMap(({ logs }) => logs.map(({ message }) => message)).join('\n')
  // The worker's warning: what a function writes after its invocation has ended is lost on Azure.
  expect(written).not.toContain('after function execution')
  for (const secret of secrets) expect(written).not.toContain(secret)
}

function expectClosedLine(line: AuditLine, functions: readonly string[]): void {
  const { event, correlationId, function: name, ...members } = line
  const shown = JSON.stringify({ event, ...members })
  expect(eventNames, shown).toContain(event)
  expect(correlationId, shown).toMatch(/^[0-9a-f]{32}$/)
  expect(functions, shown).toContain(name)
  expect(membersOf(event), shown).toEqual(expect.arrayContaining(Object.keys(members)))
  for (const [member, value] of Object.entries(members))
    expect(fits(shapes[member as Member], value), `${member} of ${shown}`).toBe(true)
  if (event === 'bff.login.failed' && members.silent !== true)
    expect(loginFailureReasons, shown).toContain(members.reason)
}

function fits(shape: (typeof shapes)[Member], value: unknown): boolean {
  if (shape instanceof RegExp) return typeof value === 'string' && shape.test(value)
  if (shape === 'boolean') return typeof value === 'boolean'
  if (shape === 'seconds') return typeof value === 'number' && Number.isFinite(value)
  const item = shape === 'numbers' ? 'number' : 'string'
  return Array.isArray(value) && value.every((entry) => typeof entry === item)
}
