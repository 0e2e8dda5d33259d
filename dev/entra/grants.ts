import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { EntraError } from './aadsts.ts'
import { type AuthorizationCode, type EmulatorState, type Grant, nowOf } from './state.ts'

const codeLifetime = 10 * 60_000
const refreshTokenLifetime = 90 * 24 * 3600_000

/** A new authorization code (RFC 6749 §4.1.2): 10 minutes, once. */
export function issueCode(
  state: EmulatorState,
  code: Omit<AuthorizationCode, 'issuedAt' | 'redeemed' | 'revoked'>,
): string {
  const value = opaqueToken(state, '1.AX', 96)
  const issuedAt = nowOf(state).getTime()
  state.codes.set(value, { ...code, issuedAt, redeemed: false, revoked: false })
  return value
}

/** What a token request says about the code beside it. */
export interface Redemption {
  code: string
  clientId: string
  tenantPath: string
  redirectUri: string | null
  codeVerifier: string | null
}

/** Redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.6). Throws the error that Entra answers. */
export function redeemCode(state: EmulatorState, redemption: Redemption): AuthorizationCode {
  const code = state.codes.get(redemption.code)
  if (code === undefined) throw new EntraError(9002313)
  if (code.grant.clientId !== redemption.clientId) throw new EntraError(70000)
  if (code.grant.tenantPath !== redemption.tenantPath) throw new EntraError(700005)
  if (code.redirectUri !== redemption.redirectUri) throw new EntraError(500112)
  if (code.redeemed) throw new EntraError(54005)
  if (code.revoked) throw new EntraError(50173)
  if (nowOf(state).getTime() > code.issuedAt + codeLifetime) throw new EntraError(70008)
  if (!verifierFits(code, redemption.codeVerifier)) throw new EntraError(501481)
  code.redeemed = true
  return code
}

/** A new refresh token for the same sign-in. */
export function issueRefreshToken(state: EmulatorState, grant: Grant): string {
  const value = opaqueToken(state, '1.AR', 400)
  const issuedAt = nowOf(state).getTime()
  state.refreshTokens.set(value, { grant, issuedAt, used: false, revoked: false })
  return value
}

/**
 * Uses a refresh token (RFC 6749 §6). Entra leaves a used one good; in strict mode its second use
 * revokes the family (RFC 9700 §4.14.2). Throws AADSTS70000, 50173 or 700082.
 */
export function useRefreshToken(state: EmulatorState, value: string, clientId: string): Grant {
  const token = state.refreshTokens.get(value)
  if (token === undefined || token.grant.clientId !== clientId) throw new EntraError(70000)
  if (token.revoked) throw new EntraError(50173)
  if (nowOf(state).getTime() > token.issuedAt + refreshTokenLifetime) throw new EntraError(700082)
  if (token.used && state.settings.refreshMode === 'strict') {
    revoke(state, ({ family }) => family === token.grant.family)
    throw new EntraError(70000, { detail: 'The refresh token was used twice.' })
  }
  token.used = true
  return token.grant
}

/** Revokes the codes and refresh tokens of the grants chosen; returns how many grants there were. */
export function revoke(state: EmulatorState, chosen: (grant: Grant) => boolean): number {
  const issued = [...state.codes.values(), ...state.refreshTokens.values()]
  const revoked = issued.filter(({ grant }) => chosen(grant))
  for (const token of revoked) token.revoked = true
  return new Set(revoked.map(({ grant }) => grant.family)).size
}

export function newFamily(): string {
  return randomUUID()
}

/** Random text that looks like Entra's opaque tokens and carries the canary. */
export function opaqueToken(state: EmulatorState, prefix: string, bytes: number): string {
  return `${prefix}${state.settings.canary}${randomBytes(bytes).toString('base64url')}`
}

function verifierFits(code: AuthorizationCode, verifier: string | null): boolean {
  if (code.codeChallenge === undefined) return verifier === null
  if (verifier === null || !/^[A-Za-z0-9\-._~]{43,128}$/.test(verifier)) return false
  if (code.codeChallengeMethod === 'plain') return verifier === code.codeChallenge
  return createHash('sha256').update(verifier).digest('base64url') === code.codeChallenge
}
