import type { App } from '../app.ts'
import { BffError } from '../../base/errors.ts'
import type { Upstream } from '../../settings/upstreams.ts'
import { type ApiToken, hashClaims, readApiToken } from '../../renewal/api-token.ts'
import { toSeconds } from '../../stores/expiry.ts'
import type { TokenNeed } from '../../renewal/token-need.ts'
import type { OpenSession } from '../../session/session.ts'

const earlySeconds = 120
const jitterSeconds = 30

/**
 * Wants a token of the API that lasts another 2 minutes, a little more by chance so that instances
 * do not all renew at once; one that never lasts so long is renewed at half its life.
 */
export function freshToken(upstream: Upstream, app: App): TokenNeed {
  const early = earlySeconds + Math.random() * jitterSeconds
  return needOf(upstream, app, ({ issuedAt, expiresAt }, now) => {
    return expiresAt - now > Math.min(early, (expiresAt - issuedAt) / 2)
  })
}

/** Wants another token than the one that the API refused; asked with its claims, if it named any. */
export function otherToken(
  refused: ApiToken,
  claims: { readonly claims?: string; readonly maxAge?: number },
  upstream: Upstream,
  app: App,
): TokenNeed {
  const wanted = claims.claims === undefined ? undefined : hashClaims(claims.claims)
  const need = needOf(upstream, app, (token, now) => {
    const other = token.token !== refused.token && token.expiresAt > now
    return other && (wanted === undefined || token.claims === wanted)
  })
  return { ...need, ...claims, replacing: true, isUsable: need.isMet }
}

/** The API's token of a session that has one; throws where another call's renewal left it without. */
export function apiToken(session: OpenSession, upstream: Upstream): ApiToken {
  const token = readApiToken(session, { upstream: upstream.name, scopes: upstream.scopes })
  if (token !== undefined) return token
  throw new BffError('identity_provider_unavailable', 'there is no token after the renewal')
}

function needOf(
  upstream: Upstream,
  app: App,
  suits: (token: ApiToken, now: number) => boolean,
): TokenNeed {
  const name = { upstream: upstream.name, scopes: upstream.scopes }
  const check = (accepts: typeof suits) => (session: OpenSession) => {
    const token = readApiToken(session, name)
    return token !== undefined && accepts(token, toSeconds(app.now()))
  }
  return {
    ...name,
    continuousAccess: upstream.continuousAccess,
    isMet: check(suits),
    isUsable: check(({ expiresAt }, now) => expiresAt > now),
  }
}
