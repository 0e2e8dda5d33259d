import { textOf } from './admin-call.ts'
import type { AuthorizeResult } from './admin-client.ts'
import { requireUser } from './admin-users.ts'
import { EntraError } from './aadsts.ts'
import { parseAuthorizationRequest, parseTarget } from './authorization-request.ts'
import {
  codeResponse,
  errorResponse,
  responseLocation,
  type AuthorizationResponse,
} from './authorization-response.ts'
import type { Browser } from './state.ts'
import { failureError, spoil } from './sign-in-failures.ts'
import { appendEntry, logEntry } from './sign-in-log.ts'
import { nextStep } from './sign-in-steps.ts'
import { nowOf, type EmulatorState } from './state.ts'

/**
 * `POST /_admin/authorize`: what a browser would bring back, without one. `{"url": …, "user":
 * "ada@contoso.test"}`, and if wanted `browser` (a name: single sign-on between calls), `mfa` and
 * `consent` (false: the page is not answered), `fail` or `spoil` (ids as on the page). Answers
 * `{"location"}`, with form_post `{"action","fields"}`, or `{"page"}` where a page would stay.
 */
export function adminAuthorize(state: EmulatorState, body: Record<string, unknown>): unknown {
  const url = new URL(textOf(body, 'url') ?? '')
  const request = { method: 'GET', url, headers: {}, form: new URLSearchParams() }
  const entry = logEntry('authorize', request, nowOf(state))
  appendEntry(state.log, entry)
  const result = authorizeWithoutBrowser(state, body, url)
  entry.status = result.page === undefined ? 302 : 200
  entry.outcome = result.page ?? 'signed in or refused without a browser'
  const user = textOf(body, 'user')
  if (user !== undefined) entry.user = user
  return result
}

function authorizeWithoutBrowser(
  state: EmulatorState,
  body: Record<string, unknown>,
  url: URL,
): AuthorizeResult {
  const segment = url.pathname.split('/')[1] ?? ''
  const browser = browserNamed(state, textOf(body, 'browser'))
  try {
    const checked = parseTarget(state.settings, segment, url.searchParams)
    try {
      const request = parseAuthorizationRequest(state.settings, url.searchParams, checked)
      const failure = textOf(body, 'fail')
      if (failure !== undefined)
        throw failureError(failure) ?? new TypeError(`no failure "${failure}"`)
      const named = textOf(body, 'user')
      const step = nextStep(state, request, browser, {
        ...(named !== undefined && { user: requireUser(state, named) }),
        mfaApproved: named !== undefined && body['mfa'] !== false,
        consented: named !== undefined && body['consent'] !== false,
      })
      if (step.kind !== 'signed-in') return { page: step.kind }
      const response = codeResponse(state, request, step.user, step.session)
      return shown(spoil(response, textOf(body, 'spoil') ?? ''))
    } catch (error) {
      if (!(error instanceof EntraError) || error.shown) throw error
      return shown(errorResponse(state, checked.target, error))
    }
  } catch (error) {
    if (error instanceof EntraError) return { page: `AADSTS${error.code}` }
    throw error
  }
}

function browserNamed(state: EmulatorState, name: string | undefined): Browser {
  const known = name === undefined ? undefined : state.browsers.get(name)
  return known ?? { id: name ?? `admin-${state.browsers.size}`, sessions: [] }
}

function shown(response: AuthorizationResponse): AuthorizeResult {
  const { target, parameters } = response
  if (target.responseMode !== 'form_post') return { location: responseLocation(response) }
  return { action: target.redirectUri, fields: parameters }
}
