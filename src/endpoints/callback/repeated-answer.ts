import type { App, Call } from '../../app/app.ts'
import { sessionAccess } from '../../app/current-session.ts'
import { arrive } from '../../app/arrival.ts'
import { BffError, isSignInErrorCode } from '../../base/errors.ts'
import type { Reply } from '../../http/messages.ts'
import { toSeconds } from '../../stores/expiry.ts'
import { openSession } from '../../session/open.ts'
import { deriveSession, sessionLabel } from '../../session/session.ts'
import { indexRows } from '../../session/index-rows.ts'
import { isSpentFor } from '../../login/spend-login.ts'
import type { LoginRow } from '../../stores/ports.ts'
import { codeHash, type ProvenCallback } from './proven-callback.ts'

const repeatSeconds = 60
const redeemingMs = 15_000
const waitMs = 10_000
const pollMs = 200
const maxWaiting = 32

/**
 * A lost answer is not a lost sign-in: a callback that finds its login spent is given the session
 * that the first one made, within 60 s of its creation. It waits only while that one is still at
 * work; with another code (a provider's page sent again) it is over at once. No second token
 * request, no second session.
 */
export async function repeatedAnswer(
  proven: ProvenCallback,
  spent: LoginRow,
  app: App,
  call: Call,
): Promise<Reply> {
  const code = proven.response.code
  if (code === undefined || !isSpentFor(codeHash(proven), spent)) throw over(spent)
  const reply = await sessionOf(proven, code, app, call)
  if (reply !== undefined) return reply
  if (!isRedeeming(spent, app) || app.repeats.waiting >= maxWaiting) throw over(spent)
  app.repeats.waiting += 1
  try {
    return await awaitFirst(proven, code, app, call)
  } finally {
    app.repeats.waiting -= 1
  }
}

/** Looks again and again until the first call has ended, for a while. */
async function awaitFirst(
  proven: ProvenCallback,
  code: string,
  app: App,
  call: Call,
): Promise<Reply> {
  const { logins } = await app.stores()
  const startedAt = app.now()
  for (;;) {
    await app.sleep(pollMs)
    // The row first: a call that ends in between has left its session.
    const row = (await logins.read(proven.at))?.row
    const reply = await sessionOf(proven, code, app, call)
    if (reply !== undefined) return reply
    if (row === undefined || !isRedeeming(row, app) || app.now() - startedAt >= waitMs)
      throw over(row)
  }
}

function isRedeeming(row: LoginRow, app: App): boolean {
  return row.failure === '' && app.now() - row.usedAt < redeemingMs
}

/** The arrival page again, where the session that this very callback leads to is there and young. */
async function sessionOf(
  proven: ProvenCallback,
  code: string,
  app: App,
  call: Call,
): Promise<Reply | undefined> {
  const { index } = await app.stores()
  const derived = deriveSession(proven, code, app.settings)
  const session = await openSession(derived, await sessionAccess(app, call))
  if (session === undefined) return undefined
  const { row, content, at } = session
  if (toSeconds(app.now()) - row.createdAt > repeatSeconds) return undefined
  // The first attempt may have died between the session and its index rows.
  await index.put(indexRows(session, proven.userAgent))
  call.write('bff.login.succeeded', {
    userId: content.user.id,
    tenantId: content.user.tenantId,
    session: sessionLabel(at),
    repeated: true,
  })
  return arrive(derived, content, app)
}

/** What the first attempt ended in, else simply over. */
function over(spent: LoginRow | undefined): BffError {
  const failure = spent?.failure ?? ''
  const code = isSignInErrorCode(failure) ? failure : 'login_expired'
  return new BffError(code, 'the login transaction is spent', { loginFailure: 'state_spent' })
}
