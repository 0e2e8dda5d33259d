import { BffError } from '../base/errors.ts'
import { readSessionCookie } from '../http/cookies.ts'
import type { SessionRejectReason } from '../base/events.ts'
import { header, type IncomingRequest } from '../http/messages.ts'
import { endSession, type SessionEnding } from '../session/end.ts'
import { openSession, type SessionAccess } from '../session/open.ts'
import { proveSessionCookie } from '../session/session-cookie.ts'
import { renew } from '../renewal/renew.ts'
import type { RenewalParts, TokenNeed } from '../renewal/token-need.ts'
import type { OpenSession } from '../session/session.ts'
import { isTenantAllowed } from '../settings/settings.ts'
import { touch } from '../session/touch.ts'
import { type App, type Call } from './app.ts'
import { logFailure, toBffError } from './log-failure.ts'

/**
 * The session of a request, or undefined: one point read, and none for a forged cookie. Throws where
 * storage or vault fail, and `too_many_requests` for forged cookies without end.
 */
export async function currentSession(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<OpenSession | undefined> {
  const cookie = readSessionCookie(request, app.cookiePolicy)
  const proven = await proveSessionCookie(cookie, app.sessionKeys)
  if (proven === undefined) return undefined
  if (proven === 'forged') {
    reject('forged', undefined, app, call)
    app.limiter.count('forged-session', call.clientAddress)
    return undefined
  }
  const session = await openSession(proven, await sessionAccess(app, call))
  if (
    session === undefined ||
    isTenantAllowed(session.content.user.tenantId, app.settings.authority)
  )
    return session
  await endDisallowed(session, app, call)
  return undefined
}

/** What opening a session takes, for this call. */
export async function sessionAccess(app: App, call: Call): Promise<SessionAccess> {
  const { sessions } = await app.stores()
  return {
    sessions,
    now: app.now,
    write: call.write,
    onUndecryptable: (session) => reject('undecryptable', session, app, call),
  }
}

function reject(
  reason: SessionRejectReason,
  session: string | undefined,
  app: App,
  call: Call,
): void {
  if (app.isFirstInMinute(`session ${reason}`, call.clientAddress))
    call.write('bff.session.rejected', { reason, ...(session && { session }) })
}

/** The person is signed out in any case: what a fault leaves behind is met again at the next use. */
async function endDisallowed(session: OpenSession, app: App, call: Call): Promise<void> {
  try {
    await endSession(session, 'tenant_not_allowed', await sessionEnding(app, call))
  } catch (error) {
    logFailure(toBffError(error), call)
  }
}

/**
 * Holds a call to the user that its page shows, where it says so: in another tab another user may
 * have signed in, and nothing must happen in their name. Throws `user_changed`.
 */
export function requireExpectedUser(request: IncomingRequest, { content }: OpenSession): void {
  const expected = header(request, 'x-expected-user')
  if (expected !== undefined && expected !== content.user.id)
    throw new BffError('user_changed', 'the session is of another user than "x-expected-user"')
}

/**
 * The session of a request; throws `session_expired` where there is none, and `user_changed` where it
 * is not the expected user's.
 */
export async function requireSession(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const session = await currentSession(request, app, call)
  if (session === undefined) throw new BffError('session_expired', 'no session')
  requireExpectedUser(request, session)
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
    underWay: app.renewals,
    signInScopes: app.settings.client.scopes,
    userClaims: app.settings.userClaims,
    write: call.write,
  }
  return renew(session, need, parts)
}
