import type { Cookie, IncomingRequest } from './messages.ts'

/** How this deployment's cookies look. */
export interface CookiePolicy {
  /**
   * The port of an http `PUBLIC_URL` on loopback: plain names with the port in them, no Secure. Cookies
   * know no ports, and two apps under development would take each other's away.
   */
  readonly loopbackPort: string | undefined
  /** Several front ends on one origin have cookies of their own name. */
  readonly frontEnd?: string | undefined
  readonly sessionSameSite: 'Strict' | 'Lax'
  readonly responseMode: 'query' | 'form_post'
}

/** The session cookie; `maxAge` in seconds. */
export function sessionCookie(policy: CookiePolicy, value: string, maxAge: number): Cookie {
  return { ...named(policy, 'session'), value, ...fixed, sameSite: policy.sessionSameSite, maxAge }
}

/**
 * The deletion of the session cookie: all attributes again, or browsers ignore it. `Max-Age=0`,
 * because the platform drops an `expires` of 1970.
 */
export function expiredSessionCookie(policy: CookiePolicy): Cookie {
  return sessionCookie(policy, '', 0)
}

/**
 * The binding cookie: one per browser, shared by parallel tabs; proves nothing alone. Lax: the
 * callback arrives cross-site; None where it arrives by POST. `maxAge` in seconds: on phones the browser
 * is ended while the person uses the authenticator, and a cookie of the session would go with it.
 */
export function bindingCookie(policy: CookiePolicy, value: string, maxAge: number): Cookie {
  const sameSite = policy.responseMode === 'form_post' ? 'None' : 'Lax'
  return { ...named(policy, 'login'), value, ...fixed, sameSite, maxAge }
}

/** The value of the session cookie, if there is exactly one. */
export function readSessionCookie(
  request: IncomingRequest,
  policy: CookiePolicy,
): string | undefined {
  return readCookie(request.headers.get('cookie'), named(policy, 'session').name)
}

/** The value of the binding cookie, if there is exactly one: 32 bytes in base64url. */
export function readBindingCookie(
  request: IncomingRequest,
  policy: CookiePolicy,
): string | undefined {
  const value = readCookie(request.headers.get('cookie'), named(policy, 'login').name)
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/**
 * Finds a cookie by its exact name (RFC 6265 §5.4, as sent). Only space and tab are trimmed: other
 * white space belongs to a name that is not ours. Commas do not separate: a sibling domain could
 * otherwise plant `x=1,__Host-Http-session=…`. Two of the name are ambiguous and count as none. Time
 * is linear in the header's length, which the platform bounds.
 */
export function readCookie(cookieHeader: string | null, name: string): string | undefined {
  if (cookieHeader === null) return undefined
  const values = cookieHeader.split(';').flatMap((pair) => {
    const equals = pair.indexOf('=')
    return equals > 0 && trim(pair.slice(0, equals)) === name ? [trim(pair.slice(equals + 1))] : []
  })
  return values.length === 1 ? values[0] : undefined
}

const fixed = { path: '/', httpOnly: true } as const

function named({ loopbackPort, frontEnd }: CookiePolicy, kind: 'session' | 'login') {
  const name = frontEnd === undefined ? kind : (`${frontEnd}-${kind}` as const)
  return loopbackPort === undefined
    ? ({ name: `__Host-Http-${name}`, secure: true } as const)
    : ({ name: `${name}-${loopbackPort}`, secure: false } as const)
}

/** By index: a pattern for the end would try every run of blanks inside, at a cost of its square. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text[start])) start += 1
  while (end > start && isBlank(text[end - 1])) end -= 1
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}
