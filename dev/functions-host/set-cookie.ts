import type { HttpCookie } from './rpc.ts'

/**
 * Renders a cookie as the host's C# side does in buffered mode: attributes in lower case and fixed
 * order, the value escaped like Uri.EscapeDataString, `path=/` by default. Path and domain are sent
 * as they are. Throws for an invalid name.
 */
export function renderCookie(cookie: HttpCookie): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(cookie.name)) {
    throw new Error(`the cookie name "${cookie.name}" is not valid`)
  }
  const { expires, maxAge, domain, path, sameSite } = cookie
  return [
    `${cookie.name}=${escapeDataString(cookie.value)}`,
    ...attribute('expires', expires?.value && new Date(expires.value.seconds * 1000).toUTCString()),
    ...attribute('max-age', maxAge?.value === undefined ? undefined : Math.trunc(maxAge.value)),
    ...attribute('domain', domain?.value === '' ? undefined : domain?.value),
    ...attribute('path', path?.value ?? '/'),
    ...(cookie.secure?.value === true ? ['secure'] : []),
    ...attribute('samesite', sameSite === undefined ? undefined : sameSiteNames[sameSite]),
    ...(cookie.httpOnly?.value === true ? ['httponly'] : []),
  ].join('; ')
}

const sameSiteNames = { none: undefined, lax: 'lax', strict: 'strict', explicitNone: 'none' }

function attribute(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`]
}

function escapeDataString(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
