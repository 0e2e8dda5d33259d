import { randomBytes, randomUUID } from 'node:crypto'
import { cookieOf, type Exchange, type Reply } from './http.ts'
import type { Browser, EmulatorState, SsoSession } from './state.ts'
import { findUser, type EntraUser } from './users.ts'

const cookieName = 'entra_sso'

/** The browser that sent this request; an unknown one is new, and remembered once it signs in. */
export function browserOf(state: EmulatorState, exchange: Exchange): Browser {
  const known = state.browsers.get(cookieOf(exchange.headers, cookieName) ?? '')
  return known ?? { id: randomBytes(16).toString('base64url'), sessions: [] }
}

/** The reply with the cookie that makes the browser known. */
export function remembering(browser: Browser, reply: Reply): Reply {
  const cookie = `${cookieName}=${browser.id}; Path=/; HttpOnly; SameSite=Lax`
  return { ...reply, headers: { ...reply.headers, 'set-cookie': cookie } }
}

/** Notes a sign-in; an account that is signed in already keeps its `sid`. */
export function signInto(
  state: EmulatorState,
  browser: Browser,
  signIn: Omit<SsoSession, 'sid'>,
): SsoSession {
  const existing = browser.sessions.find(({ oid }) => oid === signIn.oid)
  const session = { ...signIn, sid: existing?.sid ?? randomUUID() }
  browser.sessions = [...browser.sessions.filter((each) => each !== existing), session]
  state.browsers.set(browser.id, browser)
  return session
}

/** Ends sessions of a browser and returns them. */
export function signOutOf(browser: Browser, ending: SsoSession[]): SsoSession[] {
  browser.sessions = browser.sessions.filter((session) => !ending.includes(session))
  return ending
}

/** The session of the account that a hint names, if it is signed in. */
export function hintedSession(
  state: EmulatorState,
  browser: Browser,
  hint: string,
): SsoSession | undefined {
  const user = findUser(state.settings.users, hint)
  return browser.sessions.find(({ oid, sid }) => oid === user?.oid || sid === hint)
}

/** Who is signed in, the first sign-in first; accounts deleted since are left out. */
export function signedInUsers(state: EmulatorState, browser: Browser): EntraUser[] {
  return browser.sessions.flatMap(({ oid }) => findUser(state.settings.users, oid) ?? [])
}
