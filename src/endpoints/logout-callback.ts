import type { App, Call } from '../app/app.ts'
import { openLanding } from '../app/end-session-url.ts'
import { logFailure, toBffError } from '../app/log-failure.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { redirect } from '../http/replies.ts'
import { storedReturnTo } from '../http/return-to.ts'

/**
 * `GET /auth/logout/callback`: where the provider sends the browser after a sign-out. The returnTo
 * is checked again; without a good `state` it is the default.
 */
export async function logoutCallback(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<Reply> {
  return redirect(303, await landing(queryOf(request).getAll('state'), app, call))
}

async function landing(states: readonly string[], app: App, call: Call): Promise<URL> {
  const { defaultReturnTo } = app.settings
  const [state] = states
  if (state === undefined || states.length > 1) return defaultReturnTo
  try {
    return storedReturnTo(await openLanding(app, state), app.returnToPolicy)
  } catch (error) {
    // The person is signed out already: a vault that is away must not keep them on an error.
    const known = toBffError(error)
    if (known.code === 'server_error') throw error
    logFailure(known, call)
    return defaultReturnTo
  }
}
