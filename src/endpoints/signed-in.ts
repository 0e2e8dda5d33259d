import { type ApiClient, createApiClient } from '../app/api-call/api-client.ts'
import type { App, Call } from '../app/app.ts'
import { currentSession, keepAlive, requireExpectedUser } from '../app/current-session.ts'
import { loginUrl, ownUrl } from '../app/own-urls.ts'
import { BffError } from '../base/errors.ts'
import { requireOwnCall } from '../http/cross-site.ts'
import { isTopLevelNavigation } from '../http/navigation.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import { redirect } from '../http/replies.ts'
import { storedReturnTo } from '../http/return-to.ts'
import type { User } from '../session/user.ts'
import { type SessionView, viewSession } from '../session/view.ts'

/** Who may call a function, and from where. */
export interface SignedInOptions {
  /** App roles, one of which the user must have; else 403 `access_denied` (`reason: role`). */
  readonly roles?: readonly string[]
  /**
   * Group ids, one of which must be in the user's `groups` claim (`USER_CLAIMS=groups`); else 403
   * `access_denied` (`reason: group`).
   */
  readonly groups?: readonly string[]
  /**
   * Whether a call needs the header `X-CSRF: 1` (default). `false` is for forms of the app's own
   * pages: then `Origin` and `Sec-Fetch-Site` alone tell where a call comes from. A page that a person
   * navigates to by GET never needs it.
   */
  readonly csrf?: boolean
  /** Whether somebody who is not signed in may call as well: `user` is then undefined. */
  readonly optional?: boolean
}

/** What a function learns of the person who calls it. */
export interface SignedIn {
  readonly user: User
  /** Seconds left, as `GET /auth/session` answers them. */
  readonly session: SessionView
  /** An API of `UPSTREAMS`; throws a `TypeError` for another name. */
  readonly api: (name: string) => ApiClient
}

/** The same for a function that strangers may call. */
export type MaybeSignedIn = SignedIn | { readonly user: undefined; readonly session: undefined }

/**
 * A function of the team's own, behind the checks of the API proxy: where the call comes from, the
 * session and its idle end, roles and groups. Then `run` is called, and what it throws is answered.
 * A person who navigates is sent to sign in, where a program gets a 401.
 * @internal
 */
export async function signedIn(
  request: IncomingRequest,
  parts: { readonly app: App; readonly call: Call; readonly options: SignedInOptions },
  run: (visitor: MaybeSignedIn) => Promise<Reply>,
): Promise<Reply> {
  const { app, call, options } = parts
  const navigates = isReading(request) && isTopLevelNavigation(request)
  if (!navigates) requireOwnCall(request, app.settings.origins, { header: options.csrf !== false })
  const session = await currentSession(request, app, call)
  try {
    if (session === undefined) {
      if (options.optional === true) return await run({ user: undefined, session: undefined })
      throw new BffError('session_expired', 'no session')
    }
    requireExpectedUser(request, session)
    requireMembership(session.content.user, options)
    const calling = { open: await keepAlive(session, app, call) }
    return await run({
      user: session.content.user,
      session: viewSession(calling.open, app.now(), ownUrl(app.settings, 'logout').href),
      api: (name) => createApiClient(name, calling, app, call),
    })
  } catch (error) {
    if (!navigates || !isForSignIn(error)) throw error
    return toSignIn(request, error.details.step, app)
  }
}

function isReading({ method }: IncomingRequest): boolean {
  return method === 'GET' || method === 'HEAD'
}

/**
 * Throws `access_denied` where the user has none of the roles, or is in none of the groups.
 * @internal
 */
export function requireMembership(user: User, { roles, groups }: SignedInOptions): void {
  if (roles !== undefined && !roles.some((role) => user.roles.includes(role)))
    throw new BffError('access_denied', 'the user has none of the roles', { reason: 'role' })
  const claimed: unknown = user.claims['groups']
  const memberOf: readonly unknown[] = Array.isArray(claimed) ? claimed : []
  if (groups !== undefined && !groups.some((group) => memberOf.includes(group)))
    throw new BffError('access_denied', 'the user is in none of the groups', { reason: 'group' })
}

function isForSignIn(error: unknown): error is BffError {
  return (
    error instanceof BffError &&
    (error.code === 'session_expired' || error.code === 'interaction_required')
  )
}

/** To the sign-in, and from there back to the page that was asked for. */
function toSignIn(request: IncomingRequest, step: string | undefined, app: App): Reply {
  const { pathname, search } = new URL(request.url)
  const returnTo = storedReturnTo(pathname + search, app.returnToPolicy)
  return redirect(302, loginUrl(app.settings, { returnTo: returnTo.href, step }))
}
