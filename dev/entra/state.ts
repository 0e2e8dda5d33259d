import type { Fault } from './faults.ts'
import type { AuthorizationCode, RefreshToken } from './grants.ts'
import type { KeyRing } from './keys.ts'
import type { EntraSettings } from './settings.ts'
import type { LogEntry } from './sign-in-log.ts'
import type { Browser } from './browsers.ts'

/** Everything that the emulator remembers. */
export interface EmulatorState {
  readonly origin: string
  /** What counts now; the admin API changes it. */
  settings: EntraSettings
  /** What a reset goes back to. */
  configured: EntraSettings
  keys: KeyRing
  codes: Map<string, AuthorizationCode>
  refreshTokens: Map<string, RefreshToken>
  browsers: Map<string, Browser>
  /** `<oid> <resource>/<scope>`, as each user agreed to. */
  consents: Set<string>
  faults: Fault[]
  log: LogEntry[]
  /** What the app answered when somebody was last signed out everywhere; null: it was not reached. */
  signOutAnswers: (number | null)[]
  /** How the whole provider is away: connections end, or everything answers 503. */
  down: 'drop' | 'unavailable' | undefined
}

/** The state at start. */
export function createState(origin: string, settings: EntraSettings, keys: KeyRing): EmulatorState {
  return {
    origin,
    settings,
    configured: structuredClone(settings),
    keys,
    codes: new Map(),
    refreshTokens: new Map(),
    browsers: new Map(),
    consents: new Set(),
    faults: [],
    log: [],
    signOutAnswers: [],
    down: undefined,
  }
}

/** Back to the configured settings, nobody signed in, nothing wrong; the keys stay. */
export function resetState(state: EmulatorState): void {
  state.settings = structuredClone(state.configured)
  state.down = undefined
  state.faults.length = 0
  state.log.length = 0
  state.signOutAnswers = []
  for (const memory of [state.codes, state.refreshTokens, state.browsers, state.consents]) {
    memory.clear()
  }
}

/** The emulator's time, which tests may move. */
export function nowOf(state: EmulatorState): Date {
  return new Date(Date.now() + state.settings.clockOffsetSeconds * 1000)
}
