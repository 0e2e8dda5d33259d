import { sessionCookie } from '../http/cookies.ts'
import type { Reply } from '../http/messages.ts'
import { arrivalPage } from '../http/pages.ts'
import { redirect } from '../http/replies.ts'
import { storedReturnTo } from '../http/return-to.ts'
import { toSeconds } from '../stores/expiry.ts'
import type { SessionContent } from '../session/session.ts'
import { formatSessionCookie, type ProvenHandle } from '../session/session-cookie.ts'
import type { App } from './app.ts'

/**
 * Ends a sign-in in the browser: the session cookie, and the way to returnTo, checked once more. A
 * Strict cookie needs the arrival page, a Lax one travels with a redirect.
 */
export function arrive(
  session: ProvenHandle,
  content: Pick<SessionContent, 'returnTo' | 'absoluteExpiresAt'>,
  app: App,
): Reply {
  const { settings } = app
  // The row decides; a renewal may move its end out, up to this one, without a new cookie.
  const maxAge = content.absoluteExpiresAt - toSeconds(app.now())
  const cookie = sessionCookie(app.cookiePolicy, formatSessionCookie(session), maxAge)
  const target = storedReturnTo(content.returnTo, app.returnToPolicy)
  return settings.sessionSameSite === 'Lax'
    ? redirect(303, target, [cookie])
    : arrivalPage(target, [cookie])
}
