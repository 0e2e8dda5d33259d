import type { App, Call } from '../app/app.ts'
import { currentSession } from '../app/current-session.ts'
import { logFailure } from '../app/log-failure.ts'
import { loginUrl, ownUrl } from '../app/own-urls.ts'
import { signInFailed } from '../app/sign-in-failed.ts'
import { BffError } from '../base/errors.ts'
import { bindingCookie, readBindingCookie, readSessionCookie } from '../http/cookies.ts'
import { requireNavigation } from '../http/navigation.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { redirect } from '../http/replies.ts'
import { resolveReturnTo } from '../http/return-to.ts'
import { proveSessionCookie } from '../session/session-cookie.ts'
import { type OpenSession, sessionAddress } from '../session/session.ts'
import { startLogin } from '../login/login-transaction.ts'
import { randomText } from '../keys/session-key.ts'
import { recentSteps, type Step, stepMark, useStep } from '../renewal/step-up.ts'
import { userKey } from '../session/user.ts'
import type { RowAddress } from '../stores/ports.ts'
import { loginOnOwnHost } from './login/own-host.ts'
import { type LoginParameters, readLoginParameters } from './login/parameters.ts'

/** Of step-ups made one right after the other. */
const maxMarks = 16

/**
 * `GET /auth/login`: starts a sign-in (RFC 6749 §4.1.1, RFC 7636 §4.3) with one insert. It changes
 * nothing of a session that the browser already has.
 */
export async function login(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireNavigation(request)
  app.limiter.count('login', call.clientAddress)
  const elsewhere = loginOnOwnHost(request, ownUrl(app.settings, 'login'))
  if (elsewhere !== undefined) return redirect(302, elsewhere)
  const parameters = readLoginParameters(queryOf(request))
  const returnTo = resolveReturnTo(parameters.returnTo, app.returnToPolicy)
  try {
    return await redirectToProvider(request, parameters, returnTo, app, call)
  } catch (error) {
    const { step, prompt } = parameters
    const again = loginUrl(app.settings, { returnTo: returnTo.href, step, prompt })
    return signInFailed(error, app, call, again)
  }
}

async function redirectToProvider(
  request: IncomingRequest,
  parameters: LoginParameters,
  returnTo: URL,
  app: App,
  call: Call,
): Promise<Reply> {
  const { settings } = app
  const policy = app.cookiePolicy
  const binding = readBindingCookie(request, policy) ?? randomText(32)
  const [key, provider, stores] = await Promise.all([
    app.sessionKeys.writing(),
    app.identityProvider(),
    app.stores(),
  ])
  // Asked before anything is written: without a provider nothing is left behind, nor used up.
  await provider.metadata()
  const step = await takeRequestedStep(request, parameters.step, app, call)
  const replaces = await presentSession(request, app, call)
  const nonce = randomText(32)
  const codeVerifier = randomText(32)
  const started = startLogin({
    key,
    binding,
    shard: stores.openShards[Math.floor(Math.random() * stores.openShards.length)]!,
    content: {
      nonce,
      codeVerifier,
      returnTo: returnTo.href,
      silent: parameters.prompt === 'none',
      startedAt: app.now(),
      ...(replaces && { replaces }),
      ...(step && { step: step.demand }),
    },
    now: app.now(),
    ttlSeconds: settings.loginTtlSeconds,
  })
  const location = await provider.authorizationUrl({
    state: started.state,
    nonce,
    codeVerifier,
    ...(step && stepRequest(step, parameters, app)),
    ...parameters.passedOn,
  })
  await stores.logins.create(started.at, started.row)
  call.write('bff.login.started', {
    silent: parameters.prompt === 'none',
    step: step !== undefined,
  })
  // Set anew at each login: the browser may be ended while its user is at the authenticator.
  const cookie = bindingCookie(policy, binding, settings.loginTtlSeconds)
  const reply = redirect(302, location, [cookie])
  return { ...reply, headers: { ...reply.headers, vary: 'Cookie, Sec-Fetch-Mode' } }
}

/** The row of the session that this browser shows, so that the callback can replace it. */
async function presentSession(
  request: IncomingRequest,
  app: App,
  call: Call,
): Promise<RowAddress | undefined> {
  const cookie = readSessionCookie(request, app.cookiePolicy)
  try {
    const proven = await proveSessionCookie(cookie, app.sessionKeys)
    return typeof proven === 'object' ? sessionAddress(proven.key, proven.handle) : undefined
  } catch (error) {
    // The vault is away and the key unknown: that must keep nobody from signing in.
    if (!(error instanceof BffError)) throw error
    logFailure(error, call)
    return undefined
  }
}

/** A step-up with the person it is asked of. */
interface RequestedStep {
  readonly demand: Step & { readonly user: string; readonly marks: readonly string[] }
  /** Tells the provider whom to ask; an opaque claim of its own where it gave one. */
  readonly loginHint: string | undefined
}

/** A step-up of this session is used once; an unknown, used or old id means a plain login. */
async function takeRequestedStep(
  request: IncomingRequest,
  id: string | undefined,
  app: App,
  call: Call,
): Promise<RequestedStep | undefined> {
  if (id === undefined) return undefined
  const session = await currentSession(request, app, call)
  if (session === undefined) return undefined
  const { sessions } = await app.stores()
  const step = await useStep(session, id, { sessions, now: app.now })
  if (step === undefined) return undefined
  const { user, loginHint } = session.content
  return {
    demand: { ...step, user: userKey(user), marks: marksOf(step, session, app.now()) },
    loginHint: loginHint ?? user.username ?? undefined,
  }
}

function marksOf(step: Step, session: OpenSession, now: number): readonly string[] {
  return [...recentSteps(session, now), stepMark(step)].slice(-maxMarks)
}

/**
 * What a step-up asks for: the API's scopes in place of our own (a code is good for one resource),
 * and claims and age of the authentication as they were demanded.
 */
function stepRequest(
  { demand: step, loginHint }: RequestedStep,
  { passedOn }: LoginParameters,
  app: App,
) {
  // Entra takes the two together for a mistake.
  const hints = loginHint !== undefined && passedOn.prompt !== 'select_account'
  const upstream = app.settings.upstreams.find(({ name }) => name === step.upstream)
  return {
    ...(hints && { loginHint }),
    ...(upstream && { scopes: upstream.scopes }),
    ...(step.claims !== undefined && { claims: step.claims }),
    ...(step.maxAge !== undefined && { maxAge: step.maxAge }),
  }
}
