import type { App, Call } from '../app/app.ts'
import { requireSession, sessionEnding } from '../app/current-session.ts'
import { BffError } from '../base/errors.ts'
import { expiredSessionCookie } from '../http/cookies.ts'
import { requireAntiForgery } from '../http/cross-site.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { empty } from '../http/replies.ts'
import { endIndexed, endSession, findUserSessions } from '../session/end.ts'

/** `DELETE /auth/sessions/{id}`: ends one session of the same user; the present one as a sign-out. */
export async function sessionById(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireAntiForgery(request, app.settings.origins)
  const current = await requireSession(request, app, call)
  const ending = await sessionEnding(app, call)
  const id = request.params?.['id'] ?? ''
  if (id === current.at.hash) {
    await endSession(current, 'logout', ending)
    return { ...empty(204), cookies: [expiredSessionCookie(app.cookiePolicy)] }
  }
  const owned = (await findUserSessions(current.content.user, ending)).filter(
    ({ session }) => session.hash === id,
  )
  if (owned.length === 0) throw new BffError('not_found', 'no such session of this user')
  await endIndexed(owned, { reason: 'listed', userId: current.content.user.id }, ending)
  return empty(204)
}
