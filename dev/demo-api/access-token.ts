import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose'

/** Whose tokens the API takes. */
export interface TrustedIssuer {
  /** For example `http://127.0.0.1:7072/TENANT/v2.0`. */
  issuer: string
  jwksUri: string
  audience: string
}

/** Answers 401 with this `WWW-Authenticate` (RFC 6750 §3). */
export class Unauthorized extends Error {
  override name = 'Unauthorized'
  readonly challenge: string

  constructor(challenge: string) {
    super(challenge)
    this.challenge = challenge
  }
}

/**
 * Checks bearer tokens as an API behind Entra does: RS256 by a published key, issuer, audience, lifetime, and
 * `scp`, which only tokens for a signed-in user carry. Throws {@link Unauthorized}.
 */
export function createTokenCheck(trusted: TrustedIssuer) {
  // The emulator rolls its keys at the press of a button; jose would wait 30 s before it asked again.
  const keys = createRemoteJWKSet(new URL(trusted.jwksUri), { cooldownDuration: 500 })
  return async (authorization: string | undefined): Promise<JWTPayload> => {
    const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1]
    if (token === undefined) throw new Unauthorized('Bearer')
    const claims = await verify(token)
    if (typeof claims['scp'] !== 'string' || claims['scp'] === '') {
      throw new Unauthorized('Bearer error="insufficient_scope"')
    }
    return claims
  }

  async function verify(token: string): Promise<JWTPayload> {
    const { issuer, audience } = trusted
    try {
      return (await jwtVerify(token, keys, { algorithms: ['RS256'], issuer, audience })).payload
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
      throw new Unauthorized(`Bearer error="invalid_token", error_description="${error.code}"`)
    }
  }
}

/**
 * Demands an authentication context, as Conditional Access does for single actions. The challenge is
 * Entra's claims challenge: what the client has to pass on to the authorization endpoint.
 */
export function requireAuthenticationContext(claims: JWTPayload, value: string): void {
  const granted = claims['acrs']
  if (Array.isArray(granted) && granted.includes(value)) return
  const wanted = { access_token: { acrs: { essential: true, value } } }
  const encoded = Buffer.from(JSON.stringify(wanted)).toString('base64')
  throw new Unauthorized(`Bearer error="insufficient_claims", claims="${encoded}"`)
}
