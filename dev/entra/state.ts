import type { Fault } from './faults.ts'
import type { KeyRing } from './keys.ts'
import type { EntraSettings } from './settings.ts'
import type { LogEntry } from './log-entry.ts'

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

/** What a person's sign-in allows the app, behind a code and the refresh tokens that follow it. */
export interface Grant {
  /** All codes and refresh tokens of one sign-in share it. */
  family: string
  oid: string
  clientId: string
  /** The tenant part of the path it was asked at. */
  tenantPath: string
  /** The tenant whose tokens it gives. */
  tenantId: string
  scope: string
  sid: string
  /** Seconds since 1970. */
  authTime: number
  /** `max_age` was asked, so the ID token says when the person signed in. */
  withAuthTime: boolean
  mfa: boolean
  acrs: string[]
  capabilities: string[]
}

/** An authorization code, and what its redemption is held to; issued at milliseconds since 1970. */
export interface AuthorizationCode {
  grant: Grant
  nonce: string | undefined
  redirectUri: string
  codeChallenge: string | undefined
  codeChallengeMethod: string
  issuedAt: number
  redeemed: boolean
  revoked: boolean
}

/** A refresh token of a sign-in. */
export interface RefreshToken {
  grant: Grant
  issuedAt: number
  used: boolean
  revoked: boolean
}

/** One account signed in in one browser (single sign-on). */
export interface SsoSession {
  /** The `sid` claim, and what front-channel logout sends. */
  sid: string
  oid: string
  /** Seconds since 1970. */
  authTime: number
  mfa: boolean
  acrs: string[]
}

/** A browser, known by its cookie. */
export interface Browser {
  id: string
  sessions: SsoSession[]
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
