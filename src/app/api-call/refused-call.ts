import type { App, Call } from '../app.ts'
import { renewFor } from '../current-session.ts'
import { BffError } from '../../base/errors.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import { type ApiToken, hashClaims } from '../../renewal/api-token.ts'
import { toSeconds } from '../../stores/expiry.ts'
import { type OpenSession, sessionLabel } from '../../session/session.ts'
import { recentSteps, stepMark, storeStep } from '../../renewal/step-up.ts'
import { apiToken, otherToken } from './api-tokens.ts'
import { type Challenge, readChallenge } from './challenge.ts'
import { type OutgoingCall, send } from './send.ts'

/** What is never sent twice: POST and PATCH may do twice what they do once. */
const repeatable = ['GET', 'HEAD', 'PUT', 'DELETE']

/** A call that the API answered with 401. */
export interface RefusedCall {
  readonly outgoing: OutgoingCall
  readonly answer: OutgoingAnswer
  readonly session: OpenSession
}

/**
 * What becomes of a 401 of an API: another token, once, and the call again, once. What the API asks
 * for in a challenge goes to the token endpoint first; where that does not do, the user has to act:
 * throws `interaction_required`. The API's last word is passed on; no 401 of its ends the session.
 */
export async function afterRefusal(
  refused: RefusedCall,
  app: App,
  call: Call,
): Promise<OutgoingAnswer> {
  const { outgoing, answer, session } = refused
  const { upstream, method } = outgoing
  const token = apiToken(session, upstream)
  const challenge = readChallenge(answer.headers.get('www-authenticate'))
  const mayRepeat = repeatable.includes(method)
  if (challenge === undefined) {
    if (!mayRepeat || isJustReplaced(token, app)) return answer
  } else if (challenge.claims === undefined || token.claims === hashClaims(challenge.claims)) {
    return demandInteraction(refused, challenge, app, call)
  }
  const need = otherToken(token, challenge ?? {}, upstream, app)
  const renewed = await renewFor(session, need, app, call)
  if (!mayRepeat) return answer
  const second = await send(outgoing, apiToken(renewed, upstream).token, app)
  const again = second.status === 401 && readChallenge(second.headers.get('www-authenticate'))
  if (!again) return second
  return demandInteraction({ outgoing, answer: second, session: renewed }, again, app, call)
}

/** An API that refuses every token must not make every call ask for another one. */
function isJustReplaced(token: ApiToken, app: App): boolean {
  const age = toSeconds(app.now()) - token.issuedAt
  return token.replacement && age < app.settings.refreshCooldownSeconds
}

/** Sends the user to the provider, unless that is where they come from. */
async function demandInteraction(
  refused: RefusedCall,
  challenge: Challenge,
  app: App,
  call: Call,
): Promise<OutgoingAnswer> {
  const { session, outgoing, answer } = refused
  const { name } = outgoing.upstream
  const demand = { upstream: name, reason: 'claims', ...challenge } as const
  // A sign-in that was just made for this is not asked for again.
  if (recentSteps(session, app.now()).includes(stepMark(demand))) return answer
  const { sessions } = await app.stores()
  const step = await storeStep(session, demand, { sessions, now: app.now })
  call.write('bff.session.step_up_required', {
    session: sessionLabel(session.at),
    userId: session.content.user.id,
    upstream: name,
    code: 'interaction_required',
    reason: 'claims',
  })
  throw new BffError('interaction_required', 'the API asks for an interaction', {
    reason: 'claims',
    ...(step !== undefined && { step }),
  })
}
