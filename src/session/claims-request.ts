/**
 * Adds the client capability `cp1` to a claims request (JSON): this app understands the claims
 * challenges of continuous access evaluation
 * (learn.microsoft.com/entra/identity-platform/claims-challenge).
 */
export function withContinuousAccess(claims: string | undefined): string {
  const request = claims === undefined ? {} : parseObject(claims)
  // What the provider itself asked for in another form goes back to it as it came.
  if (request === undefined) return claims!
  const accessToken = isObject(request['access_token']) ? request['access_token'] : {}
  return JSON.stringify({
    ...request,
    access_token: { ...accessToken, xms_cc: { values: ['cp1'] } },
  })
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
