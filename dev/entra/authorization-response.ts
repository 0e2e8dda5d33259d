import { errorParameters, type EntraError } from './aadsts.ts'
import type { AuthorizationRequest, ResponseTarget } from './authorization-request.ts'
import type { SsoSession } from './state.ts'
import { issueCode, newFamily } from './grants.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { issuerOf, issuingTenant } from './tenants.ts'
import type { EntraUser } from './users.ts'

/** An authorization response: a place and what goes there. */
export interface AuthorizationResponse {
  target: ResponseTarget
  parameters: [string, string][]
}

/** The successful response: a code, `state`, and Entra's `session_state` (no `iss` unless set so). */
export function codeResponse(
  state: EmulatorState,
  request: AuthorizationRequest,
  user: EntraUser,
  session: SsoSession,
): AuthorizationResponse {
  const tenantId = issuingTenant(state.settings, request.path, user)
  const code = issueCode(state, {
    grant: {
      family: newFamily(),
      oid: user.oid,
      clientId: request.clientId,
      tenantPath: request.path.name,
      tenantId,
      scope: request.scope,
      sid: session.sid,
      authTime: session.authTime,
      withAuthTime: request.maxAge !== undefined,
      mfa: session.mfa,
      acrs: request.claims.acrs.length > 0 ? request.claims.acrs : session.acrs,
      capabilities: request.claims.capabilities,
    },
    nonce: request.nonce,
    redirectUri: request.target.redirectUri,
    codeChallenge: request.codeChallenge,
    codeChallengeMethod: request.codeChallengeMethod,
  })
  const issuer = issuerOf(state.origin, request.path).replace('{tenantid}', tenantId)
  return {
    target: request.target,
    parameters: [
      ['code', code],
      ...stateParameter(request.target),
      ['session_state', session.sid],
      ...(state.settings.sendIss ? [['iss', issuer] satisfies [string, string]] : []),
    ],
  }
}

/** The error response (RFC 6749 §4.1.2.1) with Entra's texts. */
export function errorResponse(
  state: EmulatorState,
  target: ResponseTarget,
  error: EntraError,
): AuthorizationResponse {
  const parameters = errorParameters(error, state.origin, nowOf(state))
  return { target, parameters: [...Object.entries(parameters), ...stateParameter(target)] }
}

/** The URL of a response in the query or the fragment. */
export function responseLocation({ target, parameters }: AuthorizationResponse): string {
  const encoded = new URLSearchParams(parameters).toString()
  if (target.responseMode === 'fragment') return `${target.redirectUri}#${encoded}`
  return `${target.redirectUri}${target.redirectUri.includes('?') ? '&' : '?'}${encoded}`
}

function stateParameter(target: ResponseTarget): [string, string][] {
  return target.state === null ? [] : [['state', target.state]]
}
