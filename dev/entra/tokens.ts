import { createHash, randomBytes, randomInt } from 'node:crypto'
import { opaqueToken } from './grants.ts'
import type { Grant } from './state.ts'
import type { EntraApi } from './directory.ts'
import { signToken, type TokenMutation } from './signed-token.ts'
import { nowOf, type EmulatorState } from './state.ts'
import { loginHintOf, type EntraUser } from './users.ts'

/** What a token of one sign-in is made from. */
export interface TokenSubject {
  grant: Grant
  user: EntraUser
  /** OpenID Connect scopes that were asked for. */
  openid: string[]
}

const idTokenLifetime = 3600
/** Entra dates its tokens back, so that clocks that lag accept them. */
const backdated = 300

/** An ID token with Entra's v2.0 claims; never `at_hash`, which its token endpoint leaves out. */
export function issueIdToken(
  state: EmulatorState,
  { grant, user, openid }: TokenSubject,
  nonce: string | undefined,
  mutation?: TokenMutation,
): Promise<string> {
  const now = Math.floor(nowOf(state).getTime() / 1000)
  const claims = {
    ver: '2.0',
    iss: `${state.origin}/${grant.tenantId}/v2.0`,
    sub: pairwiseSubject(user, grant.clientId),
    aud: grant.clientId,
    exp: now + idTokenLifetime,
    iat: now - backdated,
    nbf: now - backdated,
    ...(grant.withAuthTime && { auth_time: grant.authTime }),
    ...(openid.includes('profile') && profileClaims(user)),
    ...(openid.includes('email') && user.email !== undefined && { email: user.email }),
    tid: grant.tenantId,
    ...(nonce !== undefined && { nonce }),
    sid: grant.sid,
    login_hint: loginHintOf(user),
    ...(user.roles.length > 0 && { roles: user.roles }),
    ...groupClaims(state, user, grant.tenantId),
    ...guestClaims(state, user, grant.tenantId),
    ...internalClaims(),
    ...extraClaims(state),
    ...user.claims,
  }
  const secret = state.settings.clientSecrets[0]
  return signToken(state.keys.current, claims, mutation, secret)
}

/** An access token for one resource: a v2.0 JWT, or opaque where set so. */
export function issueAccessToken(
  state: EmulatorState,
  { grant, user }: TokenSubject,
  resource: { api: EntraApi; scopes: string[] },
  options: { lifetime: number; mutation?: TokenMutation | undefined },
): string | Promise<string> {
  if (state.settings.opaqueAccessTokens) return opaqueToken(state, 'EwB', 600)
  const now = Math.floor(nowOf(state).getTime() / 1000)
  const claims = {
    aud: resource.api.audience,
    iss: `${state.origin}/${grant.tenantId}/v2.0`,
    iat: now - backdated,
    nbf: now - backdated,
    exp: now + options.lifetime,
    ...(grant.acrs.length > 0 && { acrs: grant.acrs }),
    azp: grant.clientId,
    azpacr: '1',
    name: user.name,
    oid: user.oid,
    preferred_username: user.username,
    ...(user.roles.length > 0 && { roles: user.roles }),
    scp: resource.scopes.join(' '),
    sid: grant.sid,
    sub: pairwiseSubject(user, resource.api.audience),
    tid: grant.tenantId,
    ver: '2.0',
    ...(grant.capabilities.length > 0 && { xms_cc: grant.capabilities }),
    ...internalClaims(),
    ...extraClaims(state),
  }
  return signToken(state.keys.current, claims, options.mutation)
}

/** Seconds: 60 to 90 minutes at random, a day for clients with continuous access evaluation. */
export function accessTokenLifetime(state: EmulatorState, grant: Grant): number {
  const fixed = state.settings.accessTokenLifetimeSeconds
  if (fixed !== undefined) return fixed
  const [from, to] = grant.capabilities.includes('cp1') ? [20 * 3600, 28 * 3600] : [3600, 5400]
  return randomInt(from, to)
}

/** `sub`: one per person and application. */
export function pairwiseSubject(user: EntraUser, audience: string): string {
  return createHash('sha256').update(`${user.oid} ${audience}`).digest('base64url')
}

function profileClaims(user: EntraUser): Record<string, unknown> {
  return { name: user.name, oid: user.oid, preferred_username: user.username }
}

/** More than 200 groups become a pointer (Microsoft: "Groups overage claim"). */
function groupClaims(
  state: EmulatorState,
  user: EntraUser,
  tenantId: string,
): Record<string, unknown> {
  if (user.groups.length === 0) return {}
  if (user.groups.length <= 200) return { groups: user.groups }
  const endpoint = `${state.origin}/graph/${tenantId}/users/${user.oid}/getMemberObjects`
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } }
}

function guestClaims(
  state: EmulatorState,
  user: EntraUser,
  tenantId: string,
): Record<string, unknown> {
  if (user.homeTenant === undefined || user.homeTenant.id === tenantId) return {}
  return { idp: `${state.origin}/${user.homeTenant.id}/`, acct: 1 }
}

/** Claims that Microsoft calls internal. */
function internalClaims(): Record<string, unknown> {
  return {
    aio: randomBytes(48).toString('base64url'),
    rh: `1.A${randomBytes(24).toString('base64url')}.`,
    uti: randomBytes(16).toString('base64url'),
  }
}

function extraClaims({ settings }: EmulatorState): Record<string, unknown> {
  return {
    ...(settings.canary !== '' && { canary: settings.canary }),
    ...(settings.tokenPaddingKilobytes > 0 && {
      padding: 'x'.repeat(settings.tokenPaddingKilobytes * 1024),
    }),
  }
}
