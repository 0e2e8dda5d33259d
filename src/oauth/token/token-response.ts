import { parseJsonObject } from '../../base/json.ts'
import { errorOfTokenResponse, type ProviderError } from '../errors/provider-error.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import { skewSeconds } from '../../base/clock-skew.ts'
import { retryAfterSeconds } from '../../base/retry-after.ts'

/** The longest that Entra issues (continuous access evaluation); more is not believed. */
const maximumExpiresIn = 28 * 3600
const unknownExpiresIn = 300
/** Visible ASCII (RFC 6749 Appendix A.12), without blanks, which a header would lose at its ends. */
const accessTokenPattern = /^[\x21-\x7e]+$/

/** The tokens of one answer of the token endpoint; all are opaque here. */
export interface TokenSet {
  readonly accessToken: string
  /** Whole seconds, 0 to 100,800; 300 where the provider does not say. */
  readonly expiresIn: number
  readonly refreshToken?: string
  /** Whole seconds until the refresh token ends, where the provider says. */
  readonly refreshTokenExpiresIn?: number
}

/** An answer of the token endpoint, told apart before anything in it is believed. */
export type TokenAnswer =
  | {
      readonly kind: 'tokens'
      readonly tokens: TokenSet
      readonly idToken: string | undefined
      /** How far the provider's clock is ahead of ours, by its `Date` header. */
      readonly skewSeconds: number | undefined
    }
  | { readonly kind: 'refused'; readonly error: ProviderError; readonly retryAfterSeconds: number }
  /** JSON, but not a token response (RFC 6749 §5.1). */
  | { readonly kind: 'invalid' }
  /** An access token that no header can carry; the refresh token beside it may be the only good one. */
  | { readonly kind: 'unusable'; readonly refreshToken: string | undefined }
  /** Throttled, failing, redirecting, or not JSON: nothing that could be decided on. */
  | {
      readonly kind: 'unavailable'
      readonly error: ProviderError | undefined
      readonly retryAfterSeconds: number
    }

/** Reads a token response (RFC 6749 §5.1) or its error (§5.2). `now` in milliseconds. */
export async function readTokenResponse(
  response: OutgoingAnswer,
  now: number,
): Promise<TokenAnswer> {
  const wait = retryAfterSeconds(response.headers.get('retry-after'), now)
  const body = await jsonObject(response)
  const error = body && errorOfTokenResponse(body)
  const failing = response.status === 429 || response.status >= 500
  if (body === undefined || failing || (response.status !== 200 && error === undefined))
    return { kind: 'unavailable', error, retryAfterSeconds: wait }
  if (response.status === 200)
    return readTokens(body, skewSeconds(response.headers.get('date'), now))
  return error === undefined || response.status < 400
    ? { kind: 'unavailable', error, retryAfterSeconds: wait }
    : { kind: 'refused', error, retryAfterSeconds: wait }
}

/** The lifetime of an access token: what is said, but whole, not negative and at most 28 hours. */
export function expiresInOf(value: unknown): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof seconds !== 'number' || Number.isNaN(seconds)) return unknownExpiresIn
  return Math.floor(Math.min(Math.max(seconds, 0), maximumExpiresIn))
}

function readTokens(
  body: Readonly<Record<string, unknown>>,
  skew: number | undefined,
): TokenAnswer {
  const { access_token, token_type, id_token, refresh_token } = body
  const isBearer = typeof token_type === 'string' && token_type.toLowerCase() === 'bearer'
  if (!isText(access_token) || !isBearer) return { kind: 'invalid' }
  if (!accessTokenPattern.test(access_token))
    return { kind: 'unusable', refreshToken: isText(refresh_token) ? refresh_token : undefined }
  const refreshTokenExpiresIn = Number(body['refresh_token_expires_in'] ?? 0)
  return {
    kind: 'tokens',
    skewSeconds: skew,
    idToken: isText(id_token) ? id_token : undefined,
    tokens: {
      accessToken: access_token,
      expiresIn: expiresInOf(body['expires_in']),
      ...(isText(refresh_token) && { refreshToken: refresh_token }),
      ...(refreshTokenExpiresIn > 0 &&
        Number.isFinite(refreshTokenExpiresIn) && {
          refreshTokenExpiresIn: Math.floor(refreshTokenExpiresIn),
        }),
    },
  }
}

/** The body where it says that it is JSON in UTF-8, and is: an object. */
async function jsonObject(response: OutgoingAnswer): Promise<Record<string, unknown> | undefined> {
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/json *(; *charset="?utf-?8"? *)?;?$/i.test(type.trim())) return undefined
  return parseJsonObject(new Uint8Array(await response.arrayBuffer()))
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
