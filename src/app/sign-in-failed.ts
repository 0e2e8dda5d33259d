import {
  BffError,
  isSignInErrorCode,
  type ProblemCode,
  problems,
  type SignInErrorCode,
} from '../base/errors.ts'
import { type IncomingRequest, queryOf, type Reply } from '../http/messages.ts'
import { refusalPage, signInErrorPage } from '../http/pages.ts'
import { redirect, retryAfter } from '../http/replies.ts'
import { storedReturnTo, withParameter } from '../http/return-to.ts'
import type { App, Call } from './app.ts'
import { logFailure, toBffError } from './log-failure.ts'
import { loginUrl } from './own-urls.ts'

/**
 * Answers a failed sign-in: the error page of its code, or 303 to `ERROR_URL` where it is set. Never
 * text from the provider or the request. `again` starts the sign-in once more.
 */
export function signInFailed(
  error: unknown,
  app: App,
  call: Call,
  again: URL = loginUrl(app.settings),
): Reply {
  const known = toBffError(error)
  const code = signInCodeOf(known)
  logFailure(known, call)
  call.write('bff.login.failed', {
    code,
    reason:
      known.details.loginFailure ?? (known.details.dependency ? 'dependency_failed' : 'unexpected'),
    ...known.details.idp,
  })
  const { skewSeconds } = known.details
  if (skewSeconds !== undefined)
    call.write('bff.clock.skewed', { dependency: 'identity_provider', skewSeconds })
  return (
    atErrorUrl(code, app, call) ??
    signInErrorPage({
      code,
      ...shownBeside(known, app, call),
      loginUrl: again,
      providerCodes: known.details.idp?.idpErrorCodes ?? [],
    })
  )
}

/**
 * Answers a refused navigation to one of our pages as a failed sign-in is answered. What a browser
 * does on its own, or in a frame, is not sent to `ERROR_URL`.
 */
export function navigationRefused(
  error: BffError & { readonly code: ProblemCode },
  request: IncomingRequest,
  app: App,
  call: Call,
): Reply {
  const { code, details } = error
  const { status } = problems[code]
  const reply =
    (code === 'not_a_navigation' ? undefined : atErrorUrl(code, app, call)) ??
    refusalPage({ code, ...shownBeside(error, app, call), loginUrl: loginAgain(request, app) })
  const headers = {
    ...retryAfter(status, details.retryAfterSeconds),
    ...(details.allow && { allow: details.allow.join(', ') }),
  }
  return { ...reply, headers: { ...reply.headers, ...headers } }
}

/** The way in again, with the returnTo of the refused request where that is one of this app. */
function loginAgain(request: IncomingRequest, app: App): URL {
  const returnTo = queryOf(request).get('returnTo') ?? undefined
  const known = storedReturnTo(returnTo, app.returnToPolicy)
  return loginUrl(app.settings, returnTo === undefined ? {} : { returnTo: known.href })
}

function atErrorUrl(code: string, app: App, call: Call): Reply | undefined {
  const { errorUrl } = app.settings
  if (errorUrl === undefined) return undefined
  const target = withParameter(errorUrl, 'auth_error', code)
  return redirect(303, withParameter(target, 'cid', call.correlationId))
}

function shownBeside(error: BffError, app: App, call: Call) {
  return {
    correlationId: call.correlationId,
    appUrl: app.settings.defaultReturnTo,
    time: new Date(app.now()),
    retryAfterSeconds: error.details.retryAfterSeconds,
  }
}

/** The sign-in code of an error; what has none, a fault of this program included, is `login_failed`. */
export function signInCodeOf(error: BffError): SignInErrorCode {
  return isSignInErrorCode(error.code) ? error.code : 'login_failed'
}
