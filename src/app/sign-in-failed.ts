import { BffError, type SignInErrorCode, isSignInErrorCode } from '../base/errors.ts'
import type { Reply } from '../http/messages.ts'
import { signInErrorPage } from '../http/pages.ts'
import { redirect } from '../http/replies.ts'
import { withParameter } from '../http/return-to.ts'
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
  const { errorUrl } = app.settings
  if (errorUrl !== undefined) {
    const target = withParameter(errorUrl, 'auth_error', code)
    return redirect(303, withParameter(target, 'cid', call.correlationId))
  }
  return signInErrorPage({
    code,
    correlationId: call.correlationId,
    loginUrl: again,
    appUrl: app.settings.defaultReturnTo,
    providerCodes: known.details.idp?.idpErrorCodes ?? [],
    time: new Date(app.now()),
    ...(known.details.retryAfterSeconds !== undefined && {
      retryAfterSeconds: known.details.retryAfterSeconds,
    }),
  })
}

/** The sign-in code of an error; what has none, a fault of this program included, is `login_failed`. */
export function signInCodeOf(error: BffError): SignInErrorCode {
  return isSignInErrorCode(error.code) ? error.code : 'login_failed'
}
