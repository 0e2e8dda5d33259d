import type { App, Call } from '../app/app.ts'
import { keepAlive, renewFor, requireSession } from '../app/current-session.ts'
import { ownUrl } from '../app/own-urls.ts'
import { requireAntiForgery } from '../http/cross-site.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { json } from '../http/replies.ts'
import { toSeconds } from '../stores/expiry.ts'
import type { OpenSession } from '../session/session.ts'
import { viewSession } from '../session/view.ts'

/**
 * `POST /auth/refresh`: renews the token of the sign-in scopes (RFC 6749 §6) and answers the session
 * with its new times. Sooner than the cool-down it answers the present state: `refreshed` tells.
 */
export async function refresh(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireAntiForgery(request, app.settings.origins)
  app.limiter.count('refresh', call.clientAddress)
  const current = await requireSession(request, app, call)
  const refreshed = isCooldownOver(current, app)
  const now = refreshed
    ? await renewFor(current, forcedNeed(current, app), app, call)
    : await keepAlive(current, app, call)
  const view = viewSession(now, app.now(), ownUrl(app.settings, 'logout').href)
  return json({ ...view, refreshed })
}

/** Without a refresh token there is nothing to renew: the session ends with its access token. */
function isCooldownOver({ row }: OpenSession, app: App): boolean {
  const since = toSeconds(app.now()) - row.refreshedAt
  return Boolean(row.sealed['refresh']) && since >= app.settings.refreshCooldownSeconds
}

/**
 * Met once any call has renewed since this one read the session. Two renewals may fall into one
 * second, which the generation tells apart; it also counts those for an API.
 */
function forcedNeed({ row: read }: OpenSession, app: App) {
  const readAt = toSeconds(app.now())
  return {
    upstream: undefined,
    scopes: app.settings.client.scopes,
    isMet: ({ row }: OpenSession) =>
      row.generation > read.generation &&
      (row.refreshedAt > read.refreshedAt || row.refreshedAt === readAt),
    isUsable: () => false,
  }
}
