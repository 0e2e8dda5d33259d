import type { App, Call } from '../app/app.ts'
import { currentSession, sessionEnding } from '../app/current-session.ts'
import { endSessionUrl } from '../app/end-session-url.ts'
import { logFailure, toBffError } from '../app/log-failure.ts'
import { ownUrl } from '../app/own-urls.ts'
import { problems } from '../base/errors.ts'
import { mediaType } from '../http/body.ts'
import { expiredSessionCookie } from '../http/cookies.ts'
import { requireAntiForgery, requireOwnForm } from '../http/cross-site.ts'
import { requireNavigation } from '../http/navigation.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { logoutPage } from '../http/pages.ts'
import { json, redirect } from '../http/replies.ts'
import { resolveReturnTo } from '../http/return-to.ts'
import { endEverywhere, endSession } from '../session/end.ts'
import { type LogoutRequest, readLogoutForm, readLogoutJson } from './logout/request.ts'

/**
 * `GET /auth/logout` shows the page with the button and changes nothing; `POST` ends the session:
 * from the SPA with JSON and `X-CSRF`, or from that page's form.
 */
export async function logout(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  if (request.method === 'GET') return confirmPage(request, app, call)
  if (mediaType(request) === 'application/x-www-form-urlencoded') {
    requireOwnForm(request, app.settings.publicUrl.origin)
    return endByForm(request, await readLogoutForm(request), app, call)
  }
  requireAntiForgery(request, app.settings.origins)
  const { url, cookies } = await end(request, await readLogoutJson(request), app, call)
  return json({ logoutUrl: url?.href ?? null }, cookies)
}

async function confirmPage(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireNavigation(request)
  const returnTo = resolveReturnTo(queryOf(request).get('returnTo'), app.returnToPolicy)
  return pageFor(returnTo, app, call)
}

/** A person who pressed the button is answered by a page, also where the sign-out failed. */
async function endByForm(
  request: IncomingRequest,
  wanted: LogoutRequest,
  app: App,
  call: Call,
): Promise<Reply> {
  const returnTo = resolveReturnTo(wanted.returnTo, app.returnToPolicy)
  try {
    const { url, cookies } = await end(request, wanted, app, call)
    return redirect(303, url ?? returnTo, cookies)
  } catch (error) {
    const known = toBffError(error)
    if (known.code !== 'storage_unavailable' && known.code !== 'vault_unavailable') throw error
    logFailure(known, call)
    const { retryAfterSeconds } = known.details
    return pageFor(returnTo, app, call, { status: problems[known.code].status, retryAfterSeconds })
  }
}

async function pageFor(
  returnTo: URL,
  app: App,
  call: Call,
  failure?: Parameters<typeof logoutPage>[0]['failure'],
): Promise<Reply> {
  const url = await endSessionUrl(app, call, { returnTo, logoutHint: undefined })
  return logoutPage({
    action: ownUrl(app.settings, 'logout'),
    returnTo,
    endSessionOrigin: url?.origin,
    ...(failure && { failure }),
  })
}

/**
 * Ends the session that the cookie proves, then gives the provider's logout URL. Works without a
 * session as well. A storage fault is thrown and keeps the cookie, so that it can be tried again.
 */
async function end(request: IncomingRequest, wanted: LogoutRequest, app: App, call: Call) {
  const returnTo = resolveReturnTo(wanted.returnTo, app.returnToPolicy)
  const session = await currentSession(request, app, call)
  if (session !== undefined) {
    const ending = await sessionEnding(app, call)
    if (wanted.everywhere) await endEverywhere(session, ending)
    else await endSession(session, 'logout', ending)
  }
  const url = await endSessionUrl(app, call, { returnTo, logoutHint: session?.content.loginHint })
  return { url, cookies: [expiredSessionCookie(app.cookiePolicy)] }
}
