import type { App, Call } from '../app/app.ts'
import { currentSession } from '../app/current-session.ts'
import { logFailure } from '../app/log-failure.ts'
import { loginUrl } from '../app/own-urls.ts'
import { signInFailed } from '../app/sign-in-failed.ts'
import { BffError } from '../base/errors.ts'
import { bindingCookie, readBindingCookie, readSessionCookie } from '../http/cookies.ts'
import { requireNavigation } from '../http/cross-site.ts'
import { type IncomingRequest, type Reply, queryOf } from '../http/messages.ts'
import { redirect } from '../http/replies.ts'
import { resolveReturnTo } from '../http/return-to.ts'
import { proveSessionCookie } from '../session/session-cookie.ts'
import { sessionAddress } from '../session/session.ts'
import { startLogin } from '../login/login-transaction.ts'
import { randomText } from '../keys/session-key.ts'
import { type Step, useStep } from '../renewal/step-up.ts'
import type { RowAddress } from '../stores/ports.ts'
import { type LoginParameters, readLoginParameters } from './login/parameters.ts'

/**
 * `GET /auth/login`: starts a sign-in (RFC 6749 §4.1.1, RFC 7636 §4.3) with one insert. It changes
 * nothing of a session that the browser already has.
 */
export async function login(request: IncomingRequest, app: App, call: Call): Promise<Reply> {
  requireNavigation(request)
  app.limiter.count('login', call.clientAddress)
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
  const known = readBindingCookie(request, policy)
  const binding = known ?? randomText(32)
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
      ...(step && { step }),
    },
    now: app.now(),
    ttlSeconds: settings.loginTtlSeconds,
  })
  const location = await provider.authorizationUrl({
    state: started.state,
    nonce,
    codeVerifier,
    ...parameters.passedOn,
    ...(step && stepRequest(step, app)),
  })
  await stores.logins.create(started.at, started.row)
  call.write('bff.login.started', {
    silent: parameters.prompt === 'none',
    step: step !== undefined,
  })
  const cookies = known === undefined ? [bindingCookie(policy, binding)] : []
  const reply = redirect(302, location, cookies)
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

/** A step-up of this session is used once; an unknown, used or old id means a plain login. */
async function takeRequestedStep(
  request: IncomingRequest,
  id: string | undefined,
  app: App,
  call: Call,
): Promise<Step | undefined> {
  if (id === undefined) return undefined
  const session = await currentSession(request, app, call)
  const { sessions } = await app.stores()
  return session && useStep(session, id, { sessions, now: app.now })
}

/**
 * What a step-up asks for: the API's scopes in place of our own (a code is good for one resource),
 * and claims and age of the authentication as they were demanded.
 */
function stepRequest(step: Step, app: App) {
  const upstream = app.settings.upstreams.find(({ name }) => name === step.upstream)
  return {
    ...(upstream && { scopes: upstream.scopes }),
    ...(step.claims !== undefined && { claims: step.claims }),
    ...(step.maxAge !== undefined && { maxAge: step.maxAge }),
  }
}
