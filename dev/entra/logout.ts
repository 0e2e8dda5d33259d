import { decodeJwt } from 'jose'
import { isRegistered } from './authorization-request.ts'
import { browserOf, hintedSession, remembering, signOutOf } from './browsers.ts'
import type { Browser, SsoSession } from './state.ts'
import { redirectReply, type Exchange, type Reply } from './http.ts'
import { chooseAccountPage, signedOutPage } from './pages/logout-pages.ts'
import type { EmulatorState } from './state.ts'
import { resolveTenant } from './tenants.ts'

/**
 * `/{tenant}/oauth2/v2.0/logout` (OpenID Connect RP-Initiated Logout 1.0 as Entra does it): ends the
 * single sign-on of the account, calls the app's front-channel logout in a frame with `sid` alone, and
 * goes to the post-logout URI where that is registered. Refresh tokens stay good, as in Entra.
 */
export function logout(state: EmulatorState, exchange: Exchange): Reply {
  resolveTenant(state.settings, exchange.captured[0] ?? '')
  const parameters = new URLSearchParams([...exchange.url.searchParams, ...exchange.form])
  const browser = browserOf(state, exchange)
  const ending = sessionsToEnd(state, browser, parameters)
  if (ending === 'ask') {
    exchange.entry.outcome = 'pick-account'
    return chooseAccountPage(state, exchange, browser)
  }
  signOutOf(browser, ending)
  exchange.entry.outcome = `${ending.length} signed out`
  const next = postLogoutUri(state, parameters)
  const frames = frontChannelUrls(state, ending)
  if (next !== undefined && frames.length === 0) return redirectReply(next)
  return remembering(browser, signedOutPage(frames, next))
}

/** The app's front-channel logout URL for each session; Entra sends `sid` and never `iss`. */
export function frontChannelUrls(state: EmulatorState, ended: SsoSession[]): string[] {
  const { frontChannelLogoutUrl } = state.settings
  if (frontChannelLogoutUrl === undefined) return []
  return ended.map(({ sid }) => {
    const url = new URL(frontChannelLogoutUrl)
    url.searchParams.set('sid', sid)
    return url.href
  })
}

function sessionsToEnd(
  state: EmulatorState,
  browser: Browser,
  parameters: URLSearchParams,
): SsoSession[] | 'ask' {
  const hint =
    parameters.get('user') ??
    parameters.get('logout_hint') ??
    sidOfHint(parameters.get('id_token_hint'))
  const hinted = hint === undefined ? undefined : hintedSession(state, browser, hint)
  if (hinted !== undefined) return [hinted]
  return browser.sessions.length > 1 ? 'ask' : browser.sessions
}

function postLogoutUri(state: EmulatorState, parameters: URLSearchParams): string | undefined {
  const uri = parameters.get('post_logout_redirect_uri')
  const clientId = parameters.get('client_id')
  if (uri === null || !isRegistered(state.settings, uri)) return undefined
  if (clientId !== null && clientId !== state.settings.clientId) return undefined
  const url = new URL(uri)
  const opaque = parameters.get('state')
  if (opaque !== null) url.searchParams.set('state', opaque)
  return url.href
}

function sidOfHint(idToken: string | null): string | undefined {
  if (idToken === null) return undefined
  try {
    return String(decodeJwt(idToken)['sid'])
  } catch {
    return undefined
  }
}
