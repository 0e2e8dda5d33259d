import { createHash, timingSafeEqual } from 'node:crypto'
import { BffError } from '../../base/errors.ts'
import type { LoginFailureReason } from '../../base/login-failures.ts'
import { expectedIssuer } from '../discovery/issuer.ts'

/** Seconds that clocks may differ. */
const clockSkewSeconds = 60
/** An ID token comes fresh from the token endpoint; an older one was made for something else. */
const maximumAgeSeconds = 3600
const textClaims = ['oid', 'name', 'preferred_username', 'email', 'sid', 'login_hint', 'nonce']

/**
 * Claims of a validated ID token. Identity is `tid` with `oid` (else `sub`), never a name or address
 * (learn.microsoft.com/entra/identity-platform/claims-validation).
 */
export interface IdTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
  readonly exp: number
  readonly iat: number
  /** Tenant, a GUID. */
  readonly tid: string
  readonly oid?: string
  readonly nonce?: string
  readonly name?: string
  readonly preferred_username?: string
  readonly email?: string
  readonly roles?: readonly string[]
  readonly sid?: string
  readonly login_hint?: string
  readonly auth_time?: number
  readonly [claim: string]: unknown
}

/** What an ID token must agree with. */
export interface ExpectedIdToken {
  /** Of the metadata, with `{tenantid}` where it has that. */
  readonly issuer: string
  readonly clientId: string
  readonly accessToken: string
  /** Undefined where a refresh may leave it out. */
  readonly nonce: string | undefined
  readonly maxAge?: number | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/**
 * Checks every claim of an ID token (OpenID Connect Core 1.0 §3.1.3.7) but the times, which are
 * checked last, and the signature, which is checked apart; throws `login_failed` with the reason.
 */
export function checkIdTokenClaims(
  claims: Readonly<Record<string, unknown>>,
  expected: ExpectedIdToken,
): asserts claims is IdTokenClaims {
  checkIssuer(claims, expected)
  checkAudience(claims, expected)
  requireTimes(claims)
  checkNonce(claims['nonce'], expected.nonce)
  if (typeof claims['sub'] !== 'string' || !/^[\x20-\x7e]{1,255}$/.test(claims['sub']))
    throw invalid('claim_invalid', '"sub" claim missing or not up to 255 ASCII characters')
  checkAccessTokenHash(claims['at_hash'], expected.accessToken)
  checkAuthenticationAge(claims, expected)
}

/** The claims without those optional ones that are not what {@link IdTokenClaims} says. */
export function withoutMistyped(claims: IdTokenClaims): IdTokenClaims {
  const isText = (value: unknown) => typeof value === 'string'
  const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText)
  const isTyped: Readonly<Record<string, (value: unknown) => boolean>> = {
    ...Object.fromEntries(textClaims.map((name) => [name, isText])),
    roles: isTexts,
    auth_time: isTime,
  }
  const kept = Object.entries(claims).filter(
    ([name, value]) => !Object.hasOwn(isTyped, name) || isTyped[name]?.(value),
  )
  return Object.fromEntries(kept) as unknown as IdTokenClaims
}

function checkIssuer(claims: Readonly<Record<string, unknown>>, { issuer }: ExpectedIdToken) {
  const iss = expectedIssuer(issuer, claims['tid'])
  if (iss === undefined)
    throw invalid('claim_invalid', '"tid" claim missing, not a GUID, or of another issuer')
  if (claims['iss'] !== iss) throw invalid('claim_invalid', 'unexpected "iss" claim')
}

/** No other audience is trusted, so a token for several is not for this client. */
function checkAudience(claims: Readonly<Record<string, unknown>>, { clientId }: ExpectedIdToken) {
  const audience: unknown = claims['aud']
  const audiences: readonly unknown[] = Array.isArray(audience) ? audience : [audience]
  if (audiences.length !== 1 || audiences[0] !== clientId)
    throw invalid('claim_invalid', 'unexpected "aud" claim')
  if (claims['azp'] !== undefined && claims['azp'] !== clientId)
    throw invalid('claim_invalid', 'unexpected "azp" claim')
}

function requireTimes({ exp, iat, nbf }: Readonly<Record<string, unknown>>) {
  if (!isTime(exp) || !isTime(iat) || (nbf !== undefined && !isTime(nbf)))
    throw invalid('claim_invalid', '"exp", "iat" or "nbf" claim missing or not a time')
}

/** Our clock in milliseconds since 1970, and how far the provider's is ahead, where it says so. */
interface Clocks {
  readonly now: number
  readonly skewSeconds?: number | undefined
}

/**
 * Checks the times of an ID token that is proved genuine by everything else: it comes fresh from the
 * token endpoint, so a time that does not fit is a clock that is wrong, and no forgery. Throws
 * `login_failed` with `clock_skew` and how far its clock is ahead.
 */
export function checkIdTokenTimes(claims: IdTokenClaims, { now, skewSeconds }: Clocks): void {
  const { exp, iat } = claims
  const nbf = isTime(claims['nbf']) ? claims['nbf'] : 0
  const seconds = now / 1000
  const isPast = exp <= seconds - clockSkewSeconds
  if (isPast || Math.max(iat, nbf) > seconds + clockSkewSeconds)
    throw new BffError('login_failed', '"exp", "iat" or "nbf" claim does not fit our clock', {
      loginFailure: 'clock_skew',
      skewSeconds: skewSeconds ?? Math.round(iat - seconds),
    })
  // Not a clock: by its own words it was still good.
  if (iat < seconds - maximumAgeSeconds)
    throw invalid('claim_invalid', '"iat" claim is too long ago')
}

function checkNonce(nonce: unknown, expected: string | undefined) {
  if (expected === undefined) return
  if (typeof nonce !== 'string') throw invalid('nonce_mismatch', '"nonce" claim missing')
  if (!timingSafeEqual(sha256(nonce), sha256(expected)))
    throw invalid('nonce_mismatch', 'unexpected "nonce" claim')
}

/** Only RS256 is accepted, hence SHA-256 (OpenID Connect Core 1.0 §3.1.3.8). */
function checkAccessTokenHash(hash: unknown, accessToken: string) {
  if (hash === undefined) return
  if (hash !== sha256(accessToken).subarray(0, 16).toString('base64url'))
    throw invalid('claim_invalid', 'unexpected "at_hash" claim')
}

function checkAuthenticationAge(
  claims: Readonly<Record<string, unknown>>,
  expected: ExpectedIdToken,
) {
  const { maxAge, now } = expected
  const authTime = claims['auth_time']
  if (
    maxAge !== undefined &&
    (!isTime(authTime) || authTime + maxAge < now / 1000 - clockSkewSeconds)
  )
    throw invalid('claim_invalid', '"auth_time" claim missing or too long ago')
}

/** A NumericDate that a date can be made of: finite, positive, and before the year 5138. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 1e11
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

function invalid(loginFailure: LoginFailureReason, message: string): BffError {
  return new BffError('login_failed', message, { loginFailure })
}
