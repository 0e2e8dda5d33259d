import { EntraError } from './aadsts.ts'
import {
  parseAuthorizationRequest,
  parseTarget,
  type AuthorizationRequest,
} from './authorization-request.ts'
import {
  codeResponse,
  errorResponse,
  responseLocation,
  type AuthorizationResponse,
} from './authorization-response.ts'
import { browserOf, remembering } from './browsers.ts'
import type { Browser } from './state.ts'
import { faultError } from './faults.ts'
import { redirectReply, type Exchange, type Reply } from './http.ts'
import { consentPage } from './pages/consent-page.ts'
import { formPostPage } from './pages/form-post-page.ts'
import { mfaPage } from './pages/mfa-page.ts'
import { pickerPage } from './pages/picker-page.ts'
import { failureError, spoil } from './sign-in-failures.ts'
import { nextStep, type Answers, type SignInStep } from './sign-in-steps.ts'
import { someoneElse } from './someone-else.ts'
import type { EmulatorState } from './state.ts'
import { findUser } from './users.ts'

/**
 * `/{tenant}/oauth2/v2.0/authorize`: GET is the app's request, POST what the person chose on the
 * pages, with the app's request still in the query. Throws errors that Entra shows itself.
 */
export function authorize(state: EmulatorState, exchange: Exchange): Reply {
  const { searchParams } = exchange.url
  const checked = parseTarget(state.settings, exchange.captured[0] ?? '', searchParams)
  const browser = browserOf(state, exchange)
  try {
    const request = parseAuthorizationRequest(state.settings, searchParams, checked)
    const failure = failureOf(exchange)
    if (failure !== undefined) throw failure
    const step = nextStep(state, request, browser, answersOf(state, exchange.form))
    exchange.entry.outcome = step.kind
    if (step.kind !== 'pick-account') exchange.entry.user = step.user.username
    return replyOf(state, exchange, { request, browser, step })
  } catch (error) {
    if (!(error instanceof EntraError) || error.shown) throw error
    exchange.entry.outcome = `${error.error} (AADSTS${error.code})`
    return responseReply(errorResponse(state, checked.target, error), exchange)
  }
}

/** The response as the browser gets it: a redirection, or a form that posts itself. */
function responseReply(response: AuthorizationResponse, exchange: Exchange): Reply {
  if (response.target.responseMode === 'form_post') return formPostPage(response)
  // A 302 after the pages' POST would let the browser repeat the POST at the app.
  return redirectReply(responseLocation(response), exchange.method === 'POST' ? 303 : 302)
}

interface SignIn {
  request: AuthorizationRequest
  browser: Browser
  step: SignInStep
}

function replyOf(
  state: EmulatorState,
  exchange: Exchange,
  { request, browser, step }: SignIn,
): Reply {
  switch (step.kind) {
    case 'pick-account':
      return pickerPage(state, exchange, request, browser)
    case 'mfa':
      return mfaPage(exchange, request, step.user)
    case 'consent':
      return consentPage(state, exchange, request, step)
    default: {
      const response = codeResponse(state, request, step.user, step.session)
      const spoiled = spoil(response, exchange.form.get('spoil') ?? '')
      return remembering(browser, responseReply(spoiled, exchange))
    }
  }
}

function failureOf({ form, fault }: Exchange): EntraError | undefined {
  if (fault?.error !== undefined) return faultError(fault.error)
  const id = form.get('fail')
  if (id === null) return undefined
  return failureError(id) ?? new EntraError(90023, { detail: "'fail' names no failure." })
}

function answersOf(state: EmulatorState, form: URLSearchParams): Answers {
  const user = form.has('other')
    ? someoneElse(state, form)
    : findUser(state.settings.users, form.get('user') ?? '')
  return {
    ...(user !== undefined && { user }),
    mfaApproved: form.get('mfa') === 'approved',
    consented: form.get('consent') === 'accepted',
  }
}
