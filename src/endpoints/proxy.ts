import type { App, Call } from '../app/app.ts'
import { keepAlive, renewFor, requireSession } from '../app/current-session.ts'
import { BffError } from '../base/errors.ts'
import { requireAntiForgery } from '../http/cross-site.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import type { OpenSession } from '../session/session.ts'
import type { Upstream } from '../settings/upstreams.ts'
import { apiToken, freshToken } from '../app/api-call/api-tokens.ts'
import { requestBody, requireTravelling, travellingHeaders } from './proxy/outgoing-call.ts'
import { afterRefusal } from '../app/api-call/refused-call.ts'
import { type OutgoingCall, send } from '../app/api-call/send.ts'
import { upstreamReply } from './proxy/upstream-reply.ts'
import { upstreamUrl } from '../app/api-call/upstream-url.ts'

/**
 * `ANY /api/{upstream}/{path}`: calls an API of the settings with the user's access token
 * (draft-ietf-oauth-browser-based-apps §6.1.3.6). Nothing of the request decides where it goes but
 * the name of the API and a checked path below its base.
 */
export async function proxy(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireAntiForgery(request, app.settings.origins)
  const checked = checkedCall(request, app)
  const session = await requireSession(request, app, call)
  // Copied only for someone who is signed in: it may be 50 MiB.
  const body = await requestBody(request, checked.upstream.maxBodyBytes)
  const outgoing: OutgoingCall = { ...checked, body }
  const ready = await withFreshToken(session, outgoing.upstream, app, call)
  const kept = await keepAlive(ready, app, call)
  const answer = await send(outgoing, apiToken(kept, outgoing.upstream).token, app)
  const final =
    answer.status === 401
      ? await afterRefusal({ outgoing, answer, session: kept }, app, call)
      : answer
  return upstreamReply(final, outgoing)
}

/** Checks all of the request that needs no session. */
function checkedCall(request: IncomingRequest, app: App): Omit<OutgoingCall, 'body'> {
  const { method } = request
  const upstream = findUpstream(request.params?.['upstream'], app)
  if (!upstream.methods.includes(method))
    throw new BffError('method_not_allowed', 'the API does not take this method', {
      allow: upstream.methods,
    })
  requireTravelling(request, upstream.maxBodyBytes)
  const { search } = new URL(request.url)
  return {
    upstream,
    method,
    url: upstreamUrl(upstream, request.params?.['path'] ?? '', search),
    headers: travellingHeaders(request, upstream.requestHeaders),
    startedAt: app.now(),
  }
}

function findUpstream(name: string | undefined, app: App): Upstream {
  const upstream = app.settings.upstreams.find((known) => known.name === name)
  if (upstream === undefined) throw new BffError('unknown_upstream', 'there is no such API')
  return upstream
}

async function withFreshToken(
  session: OpenSession,
  upstream: Upstream,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const need = freshToken(upstream, app)
  return need.isMet(session) ? session : renewFor(session, need, app, call)
}
