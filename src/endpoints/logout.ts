import type { App, Call } from '../app/app.ts'
import { currentSession, sessionEnding } from '../app/current-session.ts'
import { endSessionUrl } from '../app/end-session-url.ts'
import { cookiePolicy, ownUrl, returnToPolicy } from '../app/policies.ts'
import { mediaType } from '../http/body.ts'
import { expiredSessionCookie } from '../http/cookies.ts'
import { requireAntiForgery, requireNavigation, requireOwnForm } from '../http/cross-site.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { logoutPage } from '../http/pages.ts'
import { json, redirect } from '../http/replies.ts'
import { resolveReturnTo } from '../http/return-to.ts'
import { endEverywhere, endSession } from '../session/end-session.ts'
import { type LogoutRequest, readLogoutForm, readLogoutJson } from './logout/request.ts'

/**
 * `GET /auth/logout` shows the page with the button and changes nothing; `POST` ends the session:
 * from the SPA with JSON and `X-CSRF`, or from that page's form.
 */
export async function logout(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  if (request.method === 'GET') return confirmPage(request, app)
  if (mediaType(request) === 'application/x-www-form-urlencoded') {
    requireOwnForm(request, app.settings.publicUrl.origin)
    const { url, returnTo, cookies } = await end(request, await readLogoutForm(request), app, call)
    return redirect(303, url ?? returnTo, cookies)
  }
  requireAntiForgery(request, app.settings.origins)
  const { url, cookies } = await end(request, await readLogoutJson(request), app, call)
  return json({ logoutUrl: url?.href ?? null }, cookies)
}

async function confirmPage(request: IncomingRequest, app: App): Promise<Reply> {
  requireNavigation(request)
  const returnTo = resolveReturnTo(queryOf(request).get('returnTo'), returnToPolicy(app.settings))
  const url = await endSessionUrl(app, { returnTo, logoutHint: undefined })
  return logoutPage({
    action: ownUrl(app.settings, '/auth/logout'),
    returnTo,
    endSessionOrigin: url?.origin,
  })
}

/**
 * Ends the session that the cookie proves, then gives the provider's logout URL. Works without a
 * session as well. A storage fault is thrown and keeps the cookie, so that it can be tried again.
 */
async function end(request: IncomingRequest, wanted: LogoutRequest, app: App, call: Call) {
  const returnTo = resolveReturnTo(wanted.returnTo, returnToPolicy(app.settings))
  const session = await currentSession(request, app, call)
  if (session !== undefined) {
    const ending = await sessionEnding(app, call)
    if (wanted.everywhere) await endEverywhere(session, ending)
    else await endSession(session, 'logout', ending)
  }
  const url = await endSessionUrl(app, { returnTo, logoutHint: session?.content.loginHint })
  return { url, returnTo, cookies: [expiredSessionCookie(cookiePolicy(app.settings))] }
}
