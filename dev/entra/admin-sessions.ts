import { textOf } from './admin-call.ts'
import { requireUser } from './admin-users.ts'
import type { SsoSession } from './browsers.ts'
import { revoke } from './grants.ts'
import { frontChannelUrls } from './logout.ts'
import type { EmulatorState } from './state.ts'

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
  const calls = frontChannelUrls(state, ended).map((url) => callApp(url))
  return { ended: ended.map(({ sid }) => sid), statuses: await Promise.all(calls) }
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

async function callApp(url: string): Promise<number | null> {
  try {
    const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) })
    await response.arrayBuffer()
    return response.status
  } catch {
    return null
  }
}
