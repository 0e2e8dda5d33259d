import type { HostLogLine } from '../functions-host/host-options.ts'
import { testUsers } from '../entra/users.ts'
import { redact } from './redact.ts'

/** A log line of the app: one JSON object with its event (docs of the log lines). */
export interface AppEvent {
  readonly event: string
  readonly [member: string]: unknown
}

/** Reads a log line of the app; undefined for any other text. */
function parseEvent(message: string): AppEvent | undefined {
  if (!message.startsWith('{')) return undefined
  try {
    const parsed = JSON.parse(message) as AppEvent
    return typeof parsed.event === 'string' ? parsed : undefined
  } catch {
    return undefined
  }
}

/** What a request's line says beside its status, or undefined: who signed in, which session. */
export function noteOf(line: HostLogLine): string | undefined {
  const event = parseEvent(line.message)
  if (event === undefined || line.level !== 'information') return undefined
  const { session, userId, reason } = event
  const words = [
    typeof session === 'string' ? `session ${session.slice(0, 4)}…` : undefined,
    typeof userId === 'string' ? nameOf(userId) : undefined,
    typeof reason === 'string' ? reason : undefined,
  ].filter((word) => word !== undefined)
  return words.length === 0 ? undefined : words.join(' ')
}

/** The text of a line that deserves one of its own: warnings, errors and what is no event. */
export function textOf(line: HostLogLine): string | undefined {
  if (line.level === 'debug') return undefined
  const event = parseEvent(line.message)
  if (event === undefined) return redact(line.message)
  if (line.level === 'information') return undefined
  const { event: name, correlationId: _, function: __, ...members } = event
  const details = Object.entries(members).map(([key, value]) => `${key}=${textOfValue(value)}`)
  return [name, ...details].join(' ')
}

/** Value by value: `code` is a word of a closed list here, not an authorization code. */
function textOfValue(value: unknown): string {
  return redact(typeof value === 'string' ? value : JSON.stringify(value))
}

/** The app logs object ids only; here everybody is made up, and a name reads better. */
function nameOf(userId: string): string {
  return testUsers.find(({ oid }) => oid === userId)?.username ?? `user ${userId.slice(0, 8)}…`
}
