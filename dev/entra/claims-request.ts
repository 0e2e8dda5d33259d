import { EntraError } from './aadsts.ts'
import { isRecord } from './http.ts'

/** What a `claims` parameter demands (OpenID Connect Core §5.5; Microsoft: "Claims challenges"). */
export interface ClaimsRequest {
  /** Authentication contexts that the access token must carry. */
  acrs: string[]
  /** Conditional Access policies that ask for multi-factor authentication. */
  policies: string[]
  /** Client capabilities, such as `cp1`. */
  capabilities: string[]
}

/** Reads the `claims` parameter; absent counts as nothing demanded. Throws AADSTS90023. */
export function parseClaimsRequest(text: string | null): ClaimsRequest {
  if (text === null || text === '') return { acrs: [], policies: [], capabilities: [] }
  const accessToken = accessTokenMember(text)
  return {
    acrs: valuesOf(accessToken['acrs']),
    policies: valuesOf(accessToken['polids']),
    capabilities: valuesOf(accessToken['xms_cc']),
  }
}

/** The claims challenge of an authentication context. */
export function acrsChallenge(acrs: string[]): string {
  const request =
    acrs.length === 1 ? { essential: true, value: acrs[0] } : { essential: true, values: acrs }
  return JSON.stringify({ access_token: { acrs: request } })
}

/** The claims challenge of a policy that wants multi-factor authentication. */
export const mfaChallenge = JSON.stringify({
  access_token: {
    polids: { essential: true, values: ['0f1e2d3c-7777-4777-8777-000000000007'] },
  },
})

function accessTokenMember(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isRecord(parsed)) return isRecord(parsed['access_token']) ? parsed['access_token'] : {}
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new EntraError(90023, { detail: "The 'claims' parameter is not valid JSON." })
}

function valuesOf(request: unknown): string[] {
  if (!isRecord(request)) return []
  const values = Array.isArray(request['values']) ? request['values'] : [request['value']]
  return values.filter((value): value is string => typeof value === 'string')
}
