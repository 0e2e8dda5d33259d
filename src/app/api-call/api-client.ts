import type { OpenSession } from '../../session/session.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import type { Upstream } from '../../settings/upstreams.ts'
import type { App, Call } from '../app.ts'
import { renewFor } from '../current-session.ts'
import { apiToken, freshToken } from './api-tokens.ts'
import { afterRefusal } from './refused-call.ts'
import { send } from './send.ts'

/** An access token as the Azure SDKs take it; the time in milliseconds since 1970. */
export interface AccessToken {
  readonly token: string
  readonly expiresOnTimestamp: number
}

/** An API of `UPSTREAMS`, called by server code for the signed-in user. */
export interface ApiClient {
  /**
   * Calls the API with the user's access token, which is renewed where it has to be: once for all
   * instances. `path` is relative to the API's `url`, or an absolute URL below it (a `nextLink`). A
   * 401 and a claims challenge are answered as for the browser. Throws a `BffError`, which the
   * function's handler answers: `interaction_required`, `session_expired`, `access_denied`,
   * `upstream_unavailable`, `upstream_timeout` and the 502 and 503 of a renewal.
   */
  fetch(path: string, init?: RequestInit): Promise<Response>
  /** A token that is good for another 2 minutes at least; throws as `fetch`. */
  accessToken(): Promise<string>
  /** The same token for SDKs that take a `TokenCredential` of `@azure/identity`. */
  credential(): { getToken(): Promise<AccessToken> }
}

/**
 * The session that calls are made for; a renewal puts its result in its place.
 * @internal
 */
export interface CallingSession {
  open: OpenSession
}

/** Headers that belong to the connection or to us, not to the caller. */
const ownHeaders = ['authorization', 'cookie', 'host', 'connection', 'content-length']

/**
 * Makes the client of one API. Throws a `TypeError` where the settings have none of that name.
 * @internal
 */
export function createApiClient(
  name: string,
  calling: CallingSession,
  app: App,
  call: Call,
): ApiClient {
  const upstream = app.settings.upstreams.find((known) => known.name === name)
  if (upstream === undefined) throw new TypeError(`there is no API "${name}" in UPSTREAMS`)
  const token = async () => {
    const need = freshToken(upstream, app)
    if (!need.isMet(calling.open)) calling.open = await renewFor(calling.open, need, app, call)
    return apiToken(calling.open, upstream)
  }
  return {
    async fetch(path, init) {
      const url = urlBelow(upstream, path)
      const request = new Request(url, init)
      const { method } = request
      const hasBody = request.body !== null
      const outgoing = {
        upstream,
        method,
        url,
        headers: headersOf(request),
        body: hasBody ? new Uint8Array(await request.arrayBuffer()) : undefined,
        startedAt: app.now(),
      }
      const answer = await send(outgoing, (await token()).token, app)
      if (answer.status !== 401) return responseOf(answer)
      return responseOf(await afterRefusal({ outgoing, answer, session: calling.open }, app, call))
    },
    async accessToken() {
      return (await token()).token
    },
    credential: () => ({
      async getToken() {
        const { token: text, expiresAt } = await token()
        return { token: text, expiresOnTimestamp: expiresAt * 1000 }
      },
    }),
  }
}

/** The token goes nowhere else. Throws a `TypeError` for a path that leaves the API. */
function urlBelow({ name, url: base }: Upstream, path: string): URL {
  const url = new URL(path.replace(/^\/+/, ''), base)
  const escapes = /%(2e|2f|5c)/i.test(url.pathname)
  if (url.origin !== base.origin || !url.pathname.startsWith(base.pathname) || escapes)
    throw new TypeError(`the path leaves the API "${name}"`)
  return url
}

/** What a caller of `fetch` expects. */
async function responseOf(answer: OutgoingAnswer): Promise<Response> {
  const body = new Uint8Array(await answer.arrayBuffer())
  const headers = [...answer.headers].map(([name, value]): [string, string] => [name, value])
  return new Response(body.length === 0 ? null : body, { status: answer.status, headers })
}

function headersOf(request: Request): Record<string, string> {
  const headers = [...request.headers].filter(([name]) => !ownHeaders.includes(name))
  return Object.fromEntries(headers)
}
