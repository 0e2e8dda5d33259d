import type { Exchange } from './http.ts'
import type { EmulatorState } from './state.ts'

/** A request to the admin API. */
export type AdminRequest = Pick<Exchange, 'method' | 'url' | 'headers' | 'body' | 'form'>

/** One admin call: what it answers as JSON. */
export type AdminHandler = (
  state: EmulatorState,
  body: Record<string, unknown>,
  url: URL,
) => unknown

/** A member of an admin call's body that must be text. */
export function textOf(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'string') return value
  throw new TypeError(`"${name}" must be a string`)
}
