import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { textOf } from './admin-call.ts'
import { requireUser } from './admin-users.ts'
import type { SsoSession } from './state.ts'
import { revoke } from './grants.ts'
import { frontChannelUrls } from './logout.ts'
import type { EmulatorState } from './state.ts'

const callTimeoutMs = 5_000

/** Who is signed in where, and how many refresh tokens there are. */
export function listSessions(state: EmulatorState): unknown {
  return {
    sessions: [...state.browsers.values()].flatMap(({ id, sessions }) =>
      sessions.map((session) => ({ browser: id, ...session })),
    ),
    refreshTokens: state.refreshTokens.size,
  }
}

/** Revokes what a user (all users where none is named) was given: refreshing answers AADSTS50173. */
export function revokeSessions(state: EmulatorState, body: Record<string, unknown>): unknown {
  const named = textOf(body, 'user')
  const oid = named === undefined ? undefined : requireUser(state, named).oid
  endSessions(state, oid)
  return { revoked: revoke(state, (grant) => oid === undefined || grant.oid === oid) }
}

/**
 * Ends single sign-on (of one user, or everybody's) and calls the app's front-channel logout from here,
 * as browsers would; tells each call's status, or null where the app could not be reached.
 */
export async function signOutEverywhere(
  state: EmulatorState,
  body: Record<string, unknown>,
): Promise<unknown> {
  const named = textOf(body, 'user')
  const oid = named === undefined ? undefined : requireUser(state, named).oid
  const ended = endSessions(state, oid)
  const { appCertificate } = state.settings
  const calls = frontChannelUrls(state, ended).map((url) => callApp(url, appCertificate))
  state.signOutAnswers = await Promise.all(calls)
  return { ended: ended.map(({ sid }) => sid), statuses: state.signOutAnswers }
}

function endSessions(state: EmulatorState, oid: string | undefined): SsoSession[] {
  const ended: SsoSession[] = []
  for (const browser of state.browsers.values()) {
    const [kept, gone] = [
      browser.sessions.filter((session) => oid !== undefined && session.oid !== oid),
      browser.sessions.filter((session) => oid === undefined || session.oid === oid),
    ]
    browser.sessions = kept
    ended.push(...gone)
  }
  return ended
}

function callApp(url: string, certificate: string | undefined): Promise<number | null> {
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  const trust = certificate === undefined ? {} : { ca: certificate }
  return new Promise((resolve) => {
    const call = send(url, { agent: false, timeout: callTimeoutMs, ...trust }, (response) => {
      response.resume()
      resolve(response.statusCode ?? null)
    })
    call.on('timeout', () => call.destroy())
    call.on('error', () => resolve(null))
    call.on('close', () => resolve(null))
    call.end()
  })
}
