import { isJsonObject } from '../base/json.ts'

/**
 * Adds the client capability `cp1` to a claims request (JSON): this app understands the claims
 * challenges of continuous access evaluation
 * (learn.microsoft.com/entra/identity-platform/claims-challenge).
 */
export function withContinuousAccess(claims: string | undefined): string {
  const request = claims === undefined ? {} : parseObject(claims)
  // What the provider itself asked for in another form goes back to it as it came.
  if (request === undefined) return claims!
  const accessToken = isJsonObject(request['access_token']) ? request['access_token'] : {}
  return JSON.stringify({
    ...request,
    access_token: { ...accessToken, xms_cc: { values: ['cp1'] } },
  })
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJsonObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
