import type { TableName } from './storage-model.ts'

/** What a request waits for, in order; what is in one list goes on at the same time. */
export type Step = 'provider' | readonly TableName[]

/** The endpoints that cost storage operations. */
export type RequestName = 'login' | 'callback' | 'session' | 'api' | 'refresh' | 'logout'

/** The steps of each request: docs/performance.md, held by tests. */
export const steps: Readonly<Record<RequestName, readonly Step[]>> = {
  login: [['logins']],
  callback: [['logins'], ['logins'], 'provider', ['sessions', 'sessionIndex', 'sessionIndex']],
  session: [['sessions']],
  api: [['sessions']],
  refresh: [['sessions'], ['sessions'], 'provider', ['sessions']],
  logout: [['sessions'], ['sessions'], ['sessionIndex', 'sessionIndex']],
}

/** A sign-in from beginning to end. */
export const fullSignIn: readonly RequestName[] = [
  'login',
  'callback',
  'session',
  'refresh',
  'logout',
]

/** Storage operations of requests. */
export function callsOf(names: readonly RequestName[]): number {
  return names
    .flatMap((name) => steps[name])
    .reduce((sum, step) => sum + (step === 'provider' ? 0 : step.length), 0)
}
