import type { App, Call } from '../app/app.ts'
import { currentSession, keepAlive, requireExpectedUser } from '../app/current-session.ts'
import { loginUrl, ownUrl } from '../app/own-urls.ts'
import { requireReadable } from '../http/cross-site.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { json } from '../http/replies.ts'
import { viewSession } from '../session/view.ts'

/**
 * `GET /auth/session`: who is signed in, and for how long. Never 401: without a session the answer
 * says so. Only the SPA's own request slides the idle end, and not with `slide=false`.
 */
export async function session(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  const { proven } = requireReadable(request, app.settings.origins)
  const current = await currentSession(request, app, call)
  if (current === undefined)
    return json({ authenticated: false, loginUrl: loginUrl(app.settings).href })
  requireExpectedUser(request, current)
  const slides = proven && queryOf(request).get('slide') !== 'false'
  const kept = slides ? await keepAlive(current, app, call) : current
  return json(viewSession(kept, app.now(), ownUrl(app.settings, 'logout').href))
}
