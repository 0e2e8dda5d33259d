import { EntraError } from './aadsts.ts'
import { parseClaimsRequest, type ClaimsRequest } from './claims-request.ts'
import { parseScopes, type RequestedScopes } from './scopes.ts'
import type { EntraSettings } from './settings.ts'
import { requireAppIn, resolveTenant, type TenantPath } from './tenants.ts'

/** Where an authorization response goes, checked. */
export interface ResponseTarget {
  redirectUri: string
  responseMode: 'query' | 'fragment' | 'form_post'
  state: string | null
}

/** A checked authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1). */
export interface AuthorizationRequest {
  target: ResponseTarget
  path: TenantPath
  clientId: string
  scope: string
  scopes: RequestedScopes
  claims: ClaimsRequest
  nonce: string | undefined
  codeChallenge: string | undefined
  codeChallengeMethod: string
  prompt: 'none' | 'login' | 'select_account' | 'consent' | undefined
  loginHint: string | undefined
  /** Seconds. */
  maxAge: number | undefined
}

/** Checks what must be right before anything is redirected. Throws errors that Entra shows itself. */
export function parseTarget(
  settings: EntraSettings,
  segment: string,
  parameters: URLSearchParams,
): { target: ResponseTarget; path: TenantPath } {
  const path = resolveTenant(settings, segment)
  const clientId = required(parameters, 'client_id')
  if (clientId !== settings.clientId) {
    throw new EntraError(700016, { detail: `Application '${clientId}'.` })
  }
  requireAppIn(settings, path)
  const redirectUri = required(parameters, 'redirect_uri')
  if (!isRegistered(settings, redirectUri)) {
    throw new EntraError(50011, { detail: `Redirect URI '${redirectUri}'.` })
  }
  const mode = parameters.get('response_mode') ?? 'query'
  const responseMode = mode === 'form_post' || mode === 'fragment' ? mode : 'query'
  return { path, target: { redirectUri, responseMode, state: parameters.get('state') } }
}

/** Checks the rest. Throws errors that are redirected to the app. */
export function parseAuthorizationRequest(
  settings: EntraSettings,
  parameters: URLSearchParams,
  { target, path }: { target: ResponseTarget; path: TenantPath },
): AuthorizationRequest {
  if (parameters.has('resource')) throw new EntraError(901002)
  const responseType = required(parameters, 'response_type')
  if (responseType !== 'code') throw new EntraError(700054, { detail: `'${responseType}'.` })
  oneOf(parameters, 'response_mode', ['query', 'fragment', 'form_post'])
  const prompt = oneOf(parameters, 'prompt', ['none', 'login', 'select_account', 'consent'])
  const loginHint = parameters.get('login_hint') ?? undefined
  if (prompt === 'select_account' && loginHint !== undefined) {
    throw new EntraError(90023, { detail: "'login_hint' with 'prompt=select_account'." })
  }
  const scope = required(parameters, 'scope')
  const maxAge = parameters.get('max_age')
  return {
    target,
    path,
    clientId: settings.clientId,
    scope,
    scopes: parseScopes(settings, scope),
    claims: parseClaimsRequest(parameters.get('claims')),
    nonce: parameters.get('nonce') ?? undefined,
    codeChallenge: parameters.get('code_challenge') ?? undefined,
    // RFC 7636 §4.3: without a method the challenge is plain.
    codeChallengeMethod: oneOf(parameters, 'code_challenge_method', ['S256', 'plain']) ?? 'plain',
    prompt,
    loginHint,
    maxAge: maxAge === null ? undefined : Number(maxAge),
  }
}

/** Whether a redirect URI is registered: equal, but for the port of `http://localhost`. */
export function isRegistered(settings: EntraSettings, redirectUri: string): boolean {
  const wanted = withoutLocalPort(redirectUri)
  return settings.redirectUris.some((registered) => withoutLocalPort(registered) === wanted)
}

function withoutLocalPort(uri: string): string {
  return uri.replace(/^(https?:\/\/localhost):\d+(?=[/?#]|$)/, '$1')
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name)
  if (value !== null && value !== '') return value
  throw new EntraError(90014, { detail: `Missing field: '${name}'.` })
}

function oneOf<const T extends string>(
  parameters: URLSearchParams,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = parameters.get(name)
  if (value === null) return undefined
  const found = allowed.find((each) => each === value)
  if (found === undefined) throw new EntraError(90023, { detail: `'${name}' is '${value}'.` })
  return found
}
