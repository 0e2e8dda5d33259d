import type { Fault } from './faults.ts'
import type { EntraSettings } from './settings.ts'
import type { LogEntry, LogKind } from './log-entry.ts'
import type { EntraUser } from './users.ts'

/** What `POST /_admin/authorize` answers. */
export interface AuthorizeResult {
  /** The redirect back to the app. */
  location?: string
  /** With form_post: where the form goes, and its fields. */
  action?: string
  fields?: [string, string][]
  /** The page that would have stayed: `pick-account`, `mfa`, `consent` or `AADSTS…`. */
  page?: string
}

/** How a sign-in without a browser goes. */
export interface AuthorizeOptions {
  user?: string
  browser?: string
  mfa?: boolean
  consent?: boolean
  fail?: string
  spoil?: string
}

/** The emulator's admin API, typed. Every call throws an Error that says what the emulator refused. */
export interface EntraAdmin {
  authorize(url: string | URL, options?: AuthorizeOptions): Promise<AuthorizeResult>
  requests(filter?: { kind?: LogKind; grant_type?: string }): Promise<LogEntry[]>
  clearRequests(): Promise<void>
  fault(fault: string | Omit<Fault, 'times'>, times?: number | null): Promise<void>
  clearFaults(): Promise<void>
  settings(change: Partial<EntraSettings>): Promise<void>
  secrets(secrets: string[], expired?: string[]): Promise<void>
  clock(offsetSeconds: number): Promise<void>
  changeUser(user: string, change: Record<string, unknown>): Promise<EntraUser>
  addUser(user: Partial<EntraUser> & { username: string }): Promise<EntraUser>
  revokeSessions(user?: string): Promise<{ revoked: number }>
  signOutEverywhere(user?: string): Promise<{ ended: string[]; statuses: (number | null)[] }>
  rollOverKeys(options?: { retire?: boolean }): Promise<void>
  singleKey(): Promise<void>
  down(mode?: 'drop' | 'unavailable'): Promise<void>
  up(): Promise<void>
  reset(): Promise<void>
}

/** A client of the admin API of the emulator at `origin`. */
export function createEntraAdmin(origin: string): EntraAdmin {
  const call = createCall(origin)
  return {
    authorize: (url, options = {}) =>
      call<AuthorizeResult>('POST', 'authorize', { url: String(url), ...options }),
    async requests(filter = {}) {
      const query = new URLSearchParams(filter).toString()
      return (await call<{ requests: LogEntry[] }>('GET', `requests?${query}`)).requests
    },
    clearRequests: () => call('DELETE', 'requests'),
    fault: (fault, times = 1) =>
      call('POST', 'faults', {
        ...(typeof fault === 'string' ? { preset: fault } : fault),
        times,
      }),
    clearFaults: () => call('DELETE', 'faults'),
    settings: (change) => call('POST', 'settings', nullsForUndefined(change)),
    secrets: (secrets, expired = []) => call('POST', 'secrets', { secrets, expired }),
    clock: (offsetSeconds) => call('POST', 'clock', { offsetSeconds }),
    changeUser: (user, change) =>
      call<EntraUser>('PATCH', `users?${new URLSearchParams({ user }).toString()}`, change),
    addUser: (user) => call<EntraUser>('POST', 'users', user),
    revokeSessions: (user) => call('POST', 'sessions/revoke', { user }),
    signOutEverywhere: (user) => call('POST', 'sessions/sign-out', { user }),
    rollOverKeys: ({ retire = false } = {}) => call('POST', 'keys', { action: 'rollover', retire }),
    singleKey: () => call('POST', 'keys', { action: 'single' }),
    down: (mode = 'drop') => call('POST', 'down', { mode }),
    up: () => call('POST', 'up'),
    reset: () => call('POST', 'reset'),
  }
}

function createCall(origin: string) {
  return async <T = void>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${origin}/_admin/${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the emulator answered ${response.status}: ${text}`)
    return JSON.parse(text) as T
  }
}

function nullsForUndefined(change: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(change).map(([name, value]) => [name, value ?? null]))
}
