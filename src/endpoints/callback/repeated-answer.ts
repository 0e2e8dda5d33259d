import type { App, Call } from '../../app/app.ts'
import { sessionAccess } from '../../app/current-session.ts'
import { arrive } from '../../app/arrival.ts'
import { BffError, isSignInErrorCode } from '../../base/errors.ts'
import { landingPage } from '../../http/pages.ts'
import { storedReturnTo } from '../../http/return-to.ts'
import { openLanding } from '../../login/login-transaction.ts'
import type { Reply } from '../../http/messages.ts'
import { toSeconds } from '../../stores/expiry.ts'
import { openSession } from '../../session/open.ts'
import {
  type DerivedSession,
  deriveSession,
  type OpenSession,
  sessionLabel,
} from '../../session/session.ts'
import { indexRows } from '../../session/index-rows.ts'
import { isSpentFor } from '../../login/spend-login.ts'
import type { LoginRow } from '../../stores/ports.ts'
import { codeHash, type ProvenCallback } from './proven-callback.ts'

const repeatSeconds = 60
const redeemingMs = 15_000
const waitMs = 10_000
const pollMs = 200
/** Logins that are waited for, and callbacks that wait for one of them. */
const maxAwaited = 32

/**
 * What a spent login answers: the session of the first call again, or, where its sign-in had
 * succeeded, the way to where it led. That is what Back comes to after a sign-in: the provider sends
 * the browser on with the same state and another code. No cookie, no session, no token request.
 */
export async function spentAnswer(
  proven: ProvenCallback,
  spent: LoginRow,
  app: App,
  call: Call,
): Promise<Reply> {
  try {
    return await repeatedAnswer(proven, spent, app, call)
  } catch (error) {
    const isOver = error instanceof BffError && error.details.loginFailure === 'state_spent'
    const landing = openLanding(proven.key, proven.binding, proven.at, spent)
    if (!isOver || spent.doneAt === 0 || landing === undefined) throw error
    return landingPage(storedReturnTo(landing, app.returnToPolicy))
  }
}

/**
 * A lost answer is not a lost sign-in: a callback that finds its login spent is given the session
 * that the first one made, within 60 s of its creation. It waits only while that one is still at
 * work; with another code (a provider's page sent again) it is over at once. No second token
 * request, no second session.
 */
async function repeatedAnswer(
  proven: ProvenCallback,
  spent: LoginRow,
  app: App,
  call: Call,
): Promise<Reply> {
  const code = proven.response.code
  if (code === undefined || !isSpentFor(codeHash(proven), spent)) throw over(spent)
  const derived = deriveSession(proven, code, app.settings)
  const { content, at } =
    (await findSession(proven, derived, app, call)) ??
    (await awaitTogether(proven, derived, spent, app, call))
  call.write('bff.login.succeeded', {
    userId: content.user.id,
    tenantId: content.user.tenantId,
    session: sessionLabel(at),
    repeated: true,
  })
  return arrive(derived, content, app)
}

/**
 * However often a callback is repeated it looks for its session once at a time, and takes one place:
 * one browser that goes on pressing reload takes no place of another.
 */
function awaitTogether(
  proven: ProvenCallback,
  derived: DerivedSession,
  spent: LoginRow,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const { repeats } = app
  const login = proven.at.hash
  if (!isRedeeming(spent, app)) throw over(spent)
  const awaited = repeats.get(login)
  if (awaited === undefined) {
    if (repeats.size >= maxAwaited) throw over(spent)
    const session = awaitFirst(proven, derived, app, call).finally(() => repeats.delete(login))
    repeats.set(login, { callers: 1, session })
    return session
  }
  if (awaited.callers >= maxAwaited) throw over(spent)
  awaited.callers += 1
  return awaited.session
}

/** Looks again and again until the first call has ended, for a while. */
async function awaitFirst(
  proven: ProvenCallback,
  derived: DerivedSession,
  app: App,
  call: Call,
): Promise<OpenSession> {
  const { logins } = await app.stores()
  const startedAt = app.now()
  for (;;) {
    await app.sleep(pollMs)
    // The row first: a call that ends in between has left its session.
    const row = (await logins.read(proven.at))?.row
    const session = await findSession(proven, derived, app, call)
    if (session !== undefined) return session
    if (row === undefined || !isRedeeming(row, app) || app.now() - startedAt >= waitMs)
      throw over(row)
  }
}

function isRedeeming(row: LoginRow, app: App): boolean {
  return row.failure === '' && row.doneAt === 0 && app.now() - row.usedAt < redeemingMs
}

/** The session that this very callback leads to, where it is there and young. */
async function findSession(
  proven: ProvenCallback,
  derived: DerivedSession,
  app: App,
  call: Call,
): Promise<OpenSession | undefined> {
  const { index } = await app.stores()
  const session = await openSession(derived, await sessionAccess(app, call))
  if (session === undefined) return undefined
  if (toSeconds(app.now()) - session.row.createdAt > repeatSeconds) return undefined
  // The first attempt may have died between the session and its index rows.
  await index.put(indexRows(session, proven.userAgent))
  return session
}

/** What the first attempt ended in, else simply over. */
function over(spent: LoginRow | undefined): BffError {
  const failure = spent?.failure ?? ''
  const code = isSignInErrorCode(failure) ? failure : 'login_expired'
  return new BffError(code, 'the login transaction is spent', { loginFailure: 'state_spent' })
}
