import type { App, Call } from '../app/app.ts'
import { logFailure, toBffError } from '../app/log-failure.ts'
import { loginUrl } from '../app/own-urls.ts'
import { signInCodeOf, signInFailed } from '../app/sign-in-failed.ts'
import { BffError } from '../base/errors.ts'
import { requireNavigation } from '../http/navigation.ts'
import { type IncomingRequest, queryOf, type Reply } from '../http/messages.ts'
import { adminConsentPage, arrivalPage } from '../http/pages.ts'
import { storedReturnTo, withParameter } from '../http/return-to.ts'
import {
  type LoginContent,
  openLanding,
  openLogin,
  sealLanding,
} from '../login/login-transaction.ts'
import { equalText } from '../keys/session-key.ts'
import { deriveSession, sessionLabel } from '../session/session.ts'
import { buildSessionRows } from '../session/build-rows.ts'
import { spendLogin } from '../login/spend-login.ts'
import type { LoginRow, Stored } from '../stores/ports.ts'
import { type User, userFromClaims, userKey } from '../session/user.ts'
import { arrive } from '../app/arrival.ts'
import { insertSession } from '../app/insert-session.ts'
import { codeHash, type ProvenCallback, proveCallback } from './callback/proven-callback.ts'
import { spentAnswer } from './callback/repeated-answer.ts'

/**
 * `GET /auth/callback` (POST with `response_mode=form_post`): ends a sign-in (RFC 6749 §4.1.2).
 * Every failure is the error page or `ERROR_URL`; only what is no sign-in at all is problem JSON.
 */
export async function callback(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireNavigation(request, { anySite: true })
  app.limiter.count('callback', call.clientAddress)
  if (isAdminConsent(queryOf(request)))
    return adminConsentPage({
      loginUrl: loginUrl(app.settings),
      appUrl: app.settings.defaultReturnTo,
    })
  let again: URL | undefined
  try {
    const proven = await proveCallback(request, app)
    const { logins } = await app.stores()
    const stored = await logins.read(proven.at)
    if (stored === undefined) throw expired('state_expired')
    // Proven by the state's MAC and opened by the binding: also an expired row tells the way back.
    const isSpent = stored.row.usedBy !== ''
    const { key, binding, at } = proven
    const content = isSpent ? undefined : openLogin(key, binding, at, stored.row)
    const landing = isSpent ? openLanding(key, binding, at, stored.row) : content?.returnTo
    again = loginUrl(app.settings, { returnTo: landing })
    requireSameBrowser(proven, stored.row)
    if (stored.row.doneAt > 0) return await spentAnswer(proven, stored.row, app, call)
    if (app.now() >= stored.row.expiresAt * 1000) throw expired('state_expired')
    if (isSpent) return await spentAnswer(proven, stored.row, app, call)
    if (content === undefined) throw expired('state_unknown')
    const attempt = {
      now: app.now(),
      codeHash: codeHash(proven),
      landing: sealLanding(proven.key, proven.binding, proven.at, content.returnTo),
    }
    const spending = await spendLogin(logins, proven.at, stored, attempt)
    if (spending === undefined) throw expired('state_expired')
    if (spending.spent === 'by_another') return await spentAnswer(proven, spending.row, app, call)
    return await finishOnce(proven, content, spending.version, app, call)
  } catch (error) {
    return signInFailed(error, app, call, again)
  }
}

/** An administrator comes back from approving the app; no sign-in of ours began there. */
function isAdminConsent(query: URLSearchParams): boolean {
  return query.has('admin_consent') && !query.has('code')
}

function requireSameBrowser(proven: ProvenCallback, row: LoginRow): void {
  if (!equalText(row.bindingHash, proven.key.hash('binding', proven.binding)))
    throw new BffError('login_not_started', 'unexpected binding', {
      loginFailure: 'binding_mismatch',
    })
}

/** The one attempt that spent the login; what came of it is written into the spent row. */
async function finishOnce(
  proven: ProvenCallback,
  content: LoginContent,
  version: Stored<LoginRow>['version'],
  app: App,
  call: Call,
): Promise<Reply> {
  const note = async (outcome: Pick<LoginRow, 'doneAt'> | Pick<LoginRow, 'failure'>) => {
    const { logins } = await app.stores()
    await logins
      .update(proven.at, version, outcome)
      .catch((fault: unknown) => logFailure(toBffError(fault), call))
  }
  try {
    const reply = await signIn(proven, content, app, call)
    await note({ doneAt: app.now() })
    return reply
  } catch (error) {
    const known = toBffError(error)
    const code = signInCodeOf(known)
    await note({ failure: code })
    if (content.silent && silentRefusals.includes(code)) {
      const reason = known.details.loginFailure ?? 'identity_provider_error'
      call.write('bff.login.failed', { code, reason, silent: true, ...known.details.idp })
      const returnTo = storedReturnTo(content.returnTo, app.returnToPolicy)
      return arrivalPage(withParameter(returnTo, 'auth_error', code), [])
    }
    throw error
  }
}

/** A silent sign-in that the provider refuses so is a normal outcome, not an error. */
const silentRefusals: readonly string[] = [
  'login_required',
  'interaction_required',
  'consent_required',
]

async function signIn(
  proven: ProvenCallback,
  content: LoginContent,
  app: App,
  call: Call,
): Promise<Reply> {
  const { settings } = app
  const provider = await app.identityProvider()
  const code = await provider.authorizationCode(proven.response)
  const { tokens, claims } = await provider.redeemCode({
    code,
    codeVerifier: content.codeVerifier,
    nonce: content.nonce,
    ...(content.step?.maxAge !== undefined && { maxAge: content.step.maxAge }),
  })
  const user = userFromClaims(claims, settings.userClaims)
  requireSameUser(user, content.step)
  const derived = deriveSession(proven, code, settings)
  const started = buildSessionRows(
    {
      derived,
      content: {
        user,
        issuer: claims.iss,
        subject: claims.sub,
        nonce: content.nonce,
        loginHint: claims.login_hint,
        returnTo: content.returnTo,
        upstreamClaims: claimsOf(content.step),
        ...(content.step?.marks && { steppedUp: content.step.marks }),
      },
      sid: claims.sid,
      tokens,
      userAgent: proven.userAgent,
      now: app.now(),
    },
    settings,
  )
  await insertSession({ derived, ...started, replaces: content.replaces }, app, call)
  call.write('bff.login.succeeded', {
    userId: user.id,
    tenantId: user.tenantId,
    session: sessionLabel(derived.at),
    durationMs: app.now() - content.startedAt,
    silent: content.silent,
    repeated: false,
  })
  return arrive(derived, started.content, app)
}

/** A step-up belongs to its user: another account must not land on the first one's page. */
function requireSameUser(user: User, step: LoginContent['step']): void {
  if (step !== undefined && step.user !== userKey(user))
    throw new BffError('user_changed', 'another account than the one of the step-up', {
      loginFailure: 'user_changed',
    })
}

/** Empty claims say that a step-up was made which needed none. */
function claimsOf(step: LoginContent['step']): Record<string, string> {
  if (step?.claims === undefined && step?.maxAge === undefined) return {}
  return { [step.upstream]: step.claims ?? '' }
}

function expired(loginFailure: 'state_expired' | 'state_unknown'): BffError {
  return new BffError('login_expired', 'the login transaction is over', { loginFailure })
}
