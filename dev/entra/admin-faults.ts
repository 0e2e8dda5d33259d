import { textOf } from './admin-call.ts'
import { faultPresets } from './fault-presets.ts'
import type { Fault, FaultyEndpoint } from './faults.ts'
import { nowOf, type EmulatorState } from './state.ts'

/** Faults waiting to strike, and the names of the presets. */
export function listFaults(state: EmulatorState): unknown {
  return { faults: state.faults, presets: Object.keys(faultPresets) }
}

/** Also brings a provider up that is down: to whoever clears faults that is one of them. */
export function clearFaults(state: EmulatorState): unknown {
  state.faults.length = 0
  state.down = undefined
  return listFaults(state)
}

/**
 * Adds a fault: `{"preset":"wrong_nonce"}` or `{"on":"token", …}` as {@link Fault} says; `times` is a
 * number (default 1) or null for always. Throws a TypeError for what it does not know.
 */
export function adminFaults(state: EmulatorState, body: Record<string, unknown>): unknown {
  const fault = fromPreset(state, body) ?? described(body)
  state.faults.push({ ...fault, times: timesOf(body, fault.times) })
  return listFaults(state)
}

const endpoints: FaultyEndpoint[] = ['token', 'authorize', 'discovery', 'jwks', 'logout', 'msi']
const members = new Set([
  'on',
  'times',
  'grantType',
  'delayMs',
  'hang',
  'drop',
  'error',
  'answer',
  'edit',
  'idToken',
  'accessToken',
])

function fromPreset(state: EmulatorState, body: Record<string, unknown>): Fault | undefined {
  const name = textOf(body, 'preset')
  if (name === undefined) return undefined
  const preset = faultPresets[name]
  if (preset === undefined) throw new TypeError(`"${name}" is no preset`)
  return preset.create(Math.floor(nowOf(state).getTime() / 1000))
}

function described(body: Record<string, unknown>): Fault {
  const on = endpoints.find((endpoint) => endpoint === body['on'])
  if (on === undefined) throw new TypeError(`"on" must be one of ${endpoints.join(', ')}`)
  const unknown = Object.keys(body).find((name) => !members.has(name))
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no member of a fault`)
  return { times: 1, ...body, on }
}

function timesOf(body: Record<string, unknown>, usual: number | null): number | null {
  const times = body['times']
  if (times === undefined) return usual
  return times === null ? null : Number(times)
}
