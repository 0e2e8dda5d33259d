import { EntraError } from './aadsts.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import { hintedSession, signInto } from './browsers.ts'
import type { Browser, SsoSession } from './state.ts'
import { unconsentedScopes } from './scopes.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { issuingTenant } from './tenants.ts'
import { findUser, type EntraUser } from './users.ts'

/** What the person has answered so far on the sign-in pages. */
export interface Answers {
  user?: EntraUser
  mfaApproved: boolean
  consented: boolean
}

/** What happens next with an authorization request. */
export type SignInStep =
  | { kind: 'pick-account' }
  | { kind: 'mfa'; user: EntraUser }
  | { kind: 'consent'; user: EntraUser; scopes: string[] }
  | { kind: 'signed-in'; user: EntraUser; session: SsoSession }

/**
 * The next step of a sign-in: single sign-on where the browser and `prompt` allow it, else a page.
 * Throws the errors that the app gets (`login_required` and the like with `prompt=none`).
 */
export function nextStep(
  state: EmulatorState,
  request: AuthorizationRequest,
  browser: Browser,
  answers: Answers,
): SignInStep {
  const user = answers.user ?? silentUser(state, request, browser)
  if (user === undefined) return { kind: 'pick-account' }
  requireAllowed(state, request, user)
  const existing = browser.sessions.find(({ oid }) => oid === user.oid)
  const silent = answers.user === undefined ? existing : undefined
  const remembered = request.prompt === 'login' ? undefined : existing
  if (wantsMfa(request, user, answers, remembered)) {
    if (request.prompt === 'none') throw new EntraError(50076)
    return { kind: 'mfa', user }
  }
  const scopes = unconsentedScopes(state.consents, user, request.scopes)
  if (!answers.consented && (scopes.length > 0 || request.prompt === 'consent')) {
    if (request.prompt === 'none') throw new EntraError(65001)
    return { kind: 'consent', user, scopes }
  }
  for (const scope of scopes) state.consents.add(`${user.oid} ${scope}`)
  const session = signInto(state, browser, {
    oid: user.oid,
    authTime: silent?.authTime ?? Math.floor(nowOf(state).getTime() / 1000),
    mfa: answers.mfaApproved || (existing?.mfa ?? false),
    acrs: [
      ...new Set([...(existing?.acrs ?? []), ...(answers.mfaApproved ? request.claims.acrs : [])]),
    ],
  })
  return { kind: 'signed-in', user, session }
}

function silentUser(
  state: EmulatorState,
  request: AuthorizationRequest,
  browser: Browser,
): EntraUser | undefined {
  if (request.prompt === 'login' || request.prompt === 'select_account') return undefined
  const session = silentSession(state, request, browser)
  return session && findUser(state.settings.users, session.oid)
}

function silentSession(
  state: EmulatorState,
  request: AuthorizationRequest,
  browser: Browser,
): SsoSession | undefined {
  const fresh = browser.sessions.filter(
    ({ authTime }) =>
      request.maxAge === undefined || nowOf(state).getTime() / 1000 - authTime < request.maxAge,
  )
  const session =
    request.loginHint === undefined
      ? onlyOne(fresh)
      : hintedSession(state, { ...browser, sessions: fresh }, request.loginHint)
  if (session) return session
  if (request.prompt !== 'none') return undefined
  throw new EntraError(fresh.length > 1 && request.loginHint === undefined ? 16000 : 50058)
}

function onlyOne(sessions: SsoSession[]): SsoSession | undefined {
  return sessions.length === 1 ? sessions[0] : undefined
}

function requireAllowed(
  state: EmulatorState,
  request: AuthorizationRequest,
  user: EntraUser,
): void {
  issuingTenant(state.settings, request.path, user)
  if (user.disabled) throw new EntraError(50057, { error: 'access_denied' })
  if (user.blocked) throw new EntraError(50105, { detail: `User '${user.username}'.` })
}

function wantsMfa(
  request: AuthorizationRequest,
  user: EntraUser,
  answers: Answers,
  remembered: SsoSession | undefined,
): boolean {
  if (answers.mfaApproved) return false
  const wanted = user.needsMfa === true || request.claims.policies.length > 0
  const missingAcrs = request.claims.acrs.some((acr) => !remembered?.acrs.includes(acr))
  return missingAcrs || (wanted && !remembered?.mfa)
}
