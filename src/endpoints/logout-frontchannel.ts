import type { App, Call } from '../app/app.ts'
import { singleParameter } from '../base/single-parameter.ts'
import { sessionEnding } from '../app/current-session.ts'
import { logFailure, toBffError } from '../app/log-failure.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { empty } from '../http/replies.ts'
import { checkIssuer } from '../oauth/authorization/authorization-response.ts'
import { endBySid } from '../session/end.ts'

const maxSidLength = 256

/**
 * `GET /auth/logout/frontchannel?sid[&iss]`: the provider's sign-out page loads it in a frame
 * (OpenID Connect Front-Channel Logout 1.0). No cookie travels there: sessions are found by the
 * hashed `sid`. Always 200, whatever was asked, and nothing is told.
 */
export async function logoutFrontchannel(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<Reply> {
  app.limiter.count('frontchannel', call.clientAddress)
  const query = queryOf(request)
  const sid = singleParameter(query, 'sid', () => undefined)
  const issuers = query.getAll('iss')
  try {
    await requireIssuer(issuers, app)
    if (sid !== undefined && sid.length <= maxSidLength)
      await endBySid(sid, await sessionEnding(app, call))
  } catch (error) {
    logFailure(toBffError(error), call)
  }
  // An empty value takes the common header away: this answer is made to be framed.
  return empty(200, { 'content-security-policy': frameAncestors(app), 'x-frame-options': '' })
}

/** Entra sends no `iss`; where one comes it must be the provider's. Throws `login_failed`. */
async function requireIssuer(issuers: readonly string[], app: App): Promise<void> {
  if (issuers.length === 0) return
  const provider = await app.identityProvider()
  checkIssuer(issuers.length === 1 ? issuers[0] : '', await provider.metadata())
}

/** The pages that may frame this answer: the provider's own. */
function frameAncestors(app: App): string {
  const { host } = app.settings.authority
  return `default-src 'none'; frame-ancestors ${host.origin} https://login.microsoftonline.com https://login.live.com`
}
