import { BffError, problemOf } from './bff-error.ts'
import type { BffOptions, LoginOptions } from './bff.ts'

/** The absolute address of a place in this app; by default of this one, fragment included. */
const placeOf = (reference = location.href): string => new URL(reference, location.href).href

/** Calls one of the sign-in endpoints, by POST where there is a body; throws {@link BffError}. */
export type Send = <Answer>(path: string, body?: object) => Promise<Answer>

/** Gives the address of a login, or adds where it ends and what it asks for to the one in `url`. */
export type LoginUrl = (options?: LoginOptions, url?: string) => string

/**
 * The origin of the functions, by default this page's own, and how it is called. A tuple, because it
 * has no names to be sent to every browser.
 */
export function createServer({
  baseUrl = '/',
  prefix = '/auth',
}: BffOptions): readonly [origin: string, Send, LoginUrl] {
  const { origin } = new URL(placeOf(baseUrl))
  return [
    origin,
    async (path, body) => {
      const response = await fetch(origin + prefix + path, {
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
        credentials: 'include',
        headers: { 'x-csrf': '1', 'content-type': 'application/json' },
      }).catch(() => Response.error())
      if (!response.ok) throw await problemOf(response)
      return await response.json()
    },
    ({ returnTo, ...options } = {}, path = origin + prefix + '/login') => {
      const url = new URL(path)
      url.searchParams.set('returnTo', placeOf(returnTo))
      for (const [name, value] of Object.entries(options))
        // loginHint, domainHint and uiLocales have the names of OpenID Connect on the wire.
        if (value) url.searchParams.set(name.replace(/[HL]/, '_$&').toLowerCase(), value)
      return url.href
    },
  ]
}

/** The `auth_error` that a failed sign-in left in the address, which is then clean again. */
export function takeLoginError(): BffError | undefined {
  const [added, code, , correlationId] =
    /.auth_error=(\w+)(&cid=(\w+))?/.exec(location.search) ?? []
  if (!code) return undefined
  history.replaceState(null, '', location.href.replace(added!, ''))
  // What a silent sign-in says where nobody is signed in.
  if (/^(login|interaction|consent)_r/.test(code)) return undefined
  return new BffError(code, { correlationId })
}
