import { EntraError, errorBody } from './aadsts.ts'
import { acrsChallenge, mfaChallenge, parseClaimsRequest } from './claims-request.ts'
import { authenticateClient } from './client-authentication.ts'
import { issueRefreshToken, redeemCode, useRefreshToken } from './grants.ts'
import type { Grant } from './state.ts'
import { jsonReply, type Exchange, type Reply } from './http.ts'
import { grantedScope, parseScopes, singleResource, unconsentedScopes } from './scopes.ts'
import { sha256 } from './sign-in-log.ts'
import { edit } from './signed-token.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { requireAppIn, resolveTenant } from './tenants.ts'
import { accessTokenLifetime, issueAccessToken, issueIdToken } from './tokens.ts'
import { findUser, type EntraUser } from './users.ts'

/** `POST /{tenant}/oauth2/v2.0/token`: codes and refresh tokens for tokens (RFC 6749 §4.1.3, §6). */
export async function tokenEndpoint(state: EmulatorState, exchange: Exchange): Promise<Reply> {
  try {
    refuseMalformed(exchange)
    const path = resolveTenant(state.settings, exchange.captured[0] ?? '')
    requireAppIn(state.settings, path)
    const clientId = await authenticateClient(state, exchange)
    const issue = grantOf(state, exchange, clientId, path.name)
    return await tokenResponse(state, exchange, issue)
  } catch (error) {
    if (!(error instanceof EntraError)) throw error
    return tokenErrorReply(state, exchange, error)
  }
}

/** An error of the token endpoint (RFC 6749 §5.2). */
export function tokenErrorReply(
  state: EmulatorState,
  exchange: Exchange,
  error: EntraError,
): Reply {
  exchange.entry.outcome = `${error.error} (AADSTS${error.code})`
  return jsonReply(error.status, errorBody(error, state.origin, nowOf(state)))
}

interface Issue {
  grant: Grant
  nonce: string | undefined
}

function refuseMalformed({ method, form }: Exchange): void {
  if (method !== 'POST') throw new EntraError(900561, { detail: `Received a ${method} request.` })
  const twice = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (twice !== undefined) {
    throw new EntraError(90023, { detail: `The parameter '${twice}' occurs twice.` })
  }
  if (form.has('resource')) throw new EntraError(901002)
  required(form, 'grant_type')
}

function grantOf(
  state: EmulatorState,
  { form }: Exchange,
  clientId: string,
  tenantPath: string,
): Issue {
  const grantType = required(form, 'grant_type')
  switch (grantType) {
    case 'authorization_code': {
      const code = redeemCode(state, {
        code: required(form, 'code'),
        clientId,
        tenantPath,
        redirectUri: form.get('redirect_uri'),
        codeVerifier: form.get('code_verifier'),
      })
      return { grant: code.grant, nonce: code.nonce }
    }
    case 'refresh_token': {
      const grant = useRefreshToken(state, required(form, 'refresh_token'), clientId)
      return { grant, nonce: undefined }
    }
    default:
      throw new EntraError(70003, { detail: `'${grantType}'.` })
  }
}

async function tokenResponse(
  state: EmulatorState,
  exchange: Exchange,
  { grant: signedIn, nonce }: Issue,
): Promise<Reply> {
  const { form, fault, entry } = exchange
  const claims = parseClaimsRequest(form.get('claims'))
  const grant = {
    ...signedIn,
    capabilities: [...new Set([...signedIn.capabilities, ...claims.capabilities])],
  }
  const user = allowedUser(state, grant, form.get('grant_type') === 'refresh_token', claims.acrs)
  entry.user = user.username
  const requested = parseScopes(state.settings, form.get('scope') ?? grant.scope)
  if (!form.has('scope') && requested.resources.length > 1) throw new EntraError(28003)
  const resource = singleResource(state.settings, requested)
  const unconsented = unconsentedScopes(state.consents, user, requested)
  if (unconsented.length > 0) {
    throw new EntraError(65001, { error: 'invalid_grant', suberror: 'consent_required' })
  }
  // What was granted counts for the ID token and the refresh token; the request may only repeat it.
  const { openid } = parseScopes(state.settings, grant.scope)
  const subject = { grant, user, openid }
  const lifetime = accessTokenLifetime(state, grant)
  const refreshes = openid.includes('offline_access') && state.settings.issueRefreshTokens
  const body: Record<string, unknown> = {
    token_type: 'Bearer',
    scope: grantedScope(requested, resource),
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: await issueAccessToken(state, subject, resource, {
      lifetime,
      mutation: fault?.accessToken,
    }),
    ...(refreshes && { refresh_token: issueRefreshToken(state, grant) }),
    ...(openid.includes('openid') && {
      id_token: await issueIdToken(state, subject, nonce, fault?.idToken),
    }),
  }
  const sent = edit(body, fault?.edit?.set, fault?.edit?.remove)
  entry.outcome = 'tokens issued'
  entry.issued = hashesOf(sent)
  return jsonReply(200, sent)
}

function allowedUser(
  state: EmulatorState,
  grant: Grant,
  refreshing: boolean,
  acrsAsked: string[],
): EntraUser {
  const user = findUser(state.settings.users, grant.oid)
  if (user === undefined) throw new EntraError(50034)
  if (user.disabled) throw new EntraError(50057)
  if (user.blocked) throw new EntraError(50105, { error: 'invalid_grant' })
  const demanded = [...acrsAsked, ...(refreshing && user.refreshNeedsStepUp ? ['c1'] : [])]
  const missing = demanded.filter((acr) => !grant.acrs.includes(acr))
  if (missing.length > 0) {
    const claims = acrsChallenge([...new Set(missing)])
    throw new EntraError(50076, { claims, suberror: 'basic_action' })
  }
  if (user.needsMfa && !grant.mfa) {
    throw new EntraError(50076, { claims: mfaChallenge, suberror: 'basic_action' })
  }
  return user
}

function hashesOf(body: Record<string, unknown>): Record<string, string> {
  const tokens = ['access_token', 'refresh_token', 'id_token'].flatMap((name) => {
    const token = body[name]
    return typeof token === 'string' ? [[name, sha256(token)] as const] : []
  })
  return Object.fromEntries(tokens)
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value !== null && value !== '') return value
  throw new EntraError(900144, { detail: `Missing parameter: '${name}'.` })
}
