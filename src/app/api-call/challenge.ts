import { isJsonObject } from '../../base/json.ts'

/** What an API asks for before it answers: claims, or an authentication that is younger. */
export interface Challenge {
  /** JSON for the `claims` parameter. */
  readonly claims?: string
  /** Seconds since the last authentication. */
  readonly maxAge?: number
}

interface SchemeChallenge {
  readonly scheme: string
  readonly parameters: ReadonlyMap<string, string>
}

const maxHeaderLength = 16 * 1024
const maxClaimsLength = 8 * 1024
const maxAcrValues = 8

/**
 * The step-up that a 401 asks for: Entra's claims challenge
 * (learn.microsoft.com/entra/identity-platform/claims-challenge) or RFC 9470 §3, whichever Bearer
 * challenge names one first. Undefined where none does, or none that can be read.
 */
export function readChallenge(wwwAuthenticate: string | null): Challenge | undefined {
  if (wwwAuthenticate === null || wwwAuthenticate.length > maxHeaderLength) return undefined
  for (const { scheme, parameters } of parseChallenges(wwwAuthenticate)) {
    if (scheme !== 'bearer') continue
    const challenge = stepUpOf(parameters)
    if (challenge !== undefined) return challenge
  }
  return undefined
}

/**
 * Reads the challenges of a `WWW-Authenticate` (RFC 9110 §11.6.1), where one comma separates both
 * challenges and parameters. Commas may be missing or too many; reading ends where nothing fits.
 */
export function parseChallenges(text: string): SchemeChallenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(text) ?? undefined
    at = match === undefined ? at : pattern.lastIndex
    return match
  }
  for (;;) {
    take(/[\s,]*/y)
    const parameter = take(
      /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[^])*)"|([^\s,"]+))/y,
    )
    if (parameter !== undefined) {
      const [, name = '', quoted, plain = ''] = parameter
      const parameters = challenges.at(-1)?.parameters
      const known = parameters?.has(name.toLowerCase()) ?? true
      if (!known) parameters?.set(name.toLowerCase(), quoted?.replace(/\\([^])/g, '$1') ?? plain)
      continue
    }
    const scheme = take(/([\w!#$%&'*+.^`|~-]+)(?=[\s,]|$)/y)?.[1]
    if (scheme === undefined) return challenges
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() })
    // A credential in the form of token68, as of Negotiate, is no scheme of its own.
    take(/[ \t]+[\w.~+/-]+=*[ \t]*(?=,|$)/y)
  }
}

function stepUpOf(parameters: ReadonlyMap<string, string>): Challenge | undefined {
  const error = parameters.get('error')
  if (error === 'insufficient_claims') {
    const claims = decodeClaims(parameters.get('claims') ?? '')
    return claims === undefined ? undefined : { claims }
  }
  if (error !== 'insufficient_user_authentication') return undefined
  const claims = acrClaims(parameters.get('acr_values') ?? '')
  const maxAge = /^\d{1,9}$/.exec(parameters.get('max_age') ?? '')?.[0]
  if (claims === undefined && maxAge === undefined) return undefined
  return { ...(claims && { claims }), ...(maxAge !== undefined && { maxAge: Number(maxAge) }) }
}

/**
 * Base64 or base64url of a JSON object that asks something of the access token. What it asks of the
 * ID token or of UserInfo is the sign-in's own, and no API's business.
 */
function decodeClaims(encoded: string): string | undefined {
  if (encoded.length > maxClaimsLength || !/^[\w+/-]+={0,2}$/.test(encoded)) return undefined
  try {
    const request: unknown = JSON.parse(Buffer.from(encoded, 'base64').toString('utf8'))
    if (!isJsonObject(request) || !isJsonObject(request['access_token'])) return undefined
    return JSON.stringify({ access_token: request['access_token'] })
  } catch {
    return undefined
  }
}

/** Authentication contexts as Entra names them: the `acrs` claim of the access token. */
function acrClaims(acrValues: string): string | undefined {
  const values = acrValues.split(' ').filter((value) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(value))
  if (values.length === 0 || values.length > maxAcrValues) return undefined
  const wanted = values.length === 1 ? { value: values[0] } : { values }
  return JSON.stringify({ access_token: { acrs: { essential: true, ...wanted } } })
}
