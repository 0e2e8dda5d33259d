import { BffError } from '../base/errors.ts'
import { readSessionCookie } from '../http/cookies.ts'
import type { IncomingRequest } from '../http/messages.ts'
import { endSession, type SessionEnding } from '../session/end.ts'
import { openSession } from '../session/open.ts'
import { renew } from '../renewal/renew.ts'
import type { RenewalParts, TokenNeed } from '../renewal/token-need.ts'
import type { OpenSession } from '../session/session.ts'
import { touch } from '../session/touch.ts'
import { type App, type Call } from './app.ts'
import { logFailure, toBffError } from './log-failure.ts'

/** The session of a request, or undefined: one point read. Throws where storage or vault fail. */
export async function currentSession(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<OpenSession | undefined> {
  const cookie = readSessionCookie(request, app.cookiePolicy)
  if (cookie === undefined) return undefined
  const { sessions } = await app.stores()
  return openSession(cookie, {
    sessionKeys: app.sessionKeys,
    sessions,
    now: app.now,
    write: call.write,
  })
}

/** The session of a request; throws `session_expired` where there is none. */
export async function requireSession(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const session = await currentSession(request, app, call)
  if (session === undefined) throw new BffError('session_expired', 'no session')
  return session
}

/** Slides the idle end. A storage fault here is logged only: the session itself was read. */
export async function keepAlive(session: OpenSession, app: App, call: Call): Promise<OpenSession> {
  const { sessions } = await app.stores()
  const { sessionIdleSeconds } = app.settings
  try {
    return await touch(session, { sessions, sessionIdleSeconds, now: app.now() })
  } catch (error) {
    logFailure(toBffError(error), call)
    return session
  }
}

/** What ending sessions takes, for this call. */
export async function sessionEnding(app: App, call: Call): Promise<SessionEnding> {
  const { sessions, index } = await app.stores()
  return { sessions, index, sessionKeys: app.sessionKeys, write: call.write }
}

/** Renews a token of the session, once for all callers; throws what `renew` throws. */
export async function renewFor(
  session: OpenSession,
  need: TokenNeed,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const [{ sessions }, provider, ending] = await Promise.all([
    app.stores(),
    app.identityProvider(),
    sessionEnding(app, call),
  ])
  const parts: RenewalParts = {
    sessions,
    now: app.now,
    sleep: app.sleep,
    requestRenewal: (request) => provider.refresh(request),
    endSession: (ended) => endSession(ended, 'invalid_grant', ending),
    sessionIdleSeconds: app.settings.sessionIdleSeconds,
    userClaims: app.settings.userClaims,
    write: call.write,
  }
  return renew(session, need, parts)
}
