/** What an endpoint reads of a request; a web `Request` and Azure's `HttpRequest` both fit. */
export interface IncomingRequest {
  readonly method: string
  readonly url: string
  readonly headers: { get(name: string): string | null }
  /** Route parameters, decoded once by the host. */
  readonly params?: Readonly<Record<string, string>>
  text(): Promise<string>
  arrayBuffer(): Promise<ArrayBuffer>
}

type CookieKind = 'session' | 'login'
/** With the front end's name before it, where there are several. */
type CookieName = CookieKind | `${string}-${CookieKind}`

/**
 * The two cookies of this app; no other can be built. Path `/`, no Domain, HttpOnly; the prefix
 * `__Host-Http-` (draft-ietf-httpbis-layered-cookies) goes with Secure, plain names with http on
 * loopback. `maxAge` in seconds.
 */
export type Cookie = {
  readonly value: string
  readonly path: '/'
  readonly httpOnly: true
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  readonly maxAge: number
} & (
  | { readonly name: `__Host-Http-${CookieName}`; readonly secure: true }
  | { readonly name: `${CookieName}-${string}`; readonly secure: false }
)

/**
 * What an endpoint answers; it fits Azure's `HttpResponseInit`. Cookies are apart from the headers
 * because of several `set-cookie` headers only the last survives the platform.
 */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly cookies?: Cookie[]
  readonly body?: string | Uint8Array
}

/**
 * The query as it was sent. `HttpRequest.query` is a collapsed copy in which the host has joined
 * repeated names, so that `code=a&code=b` would read as one value.
 */
export function queryOf(request: IncomingRequest): URLSearchParams {
  return new URL(request.url).searchParams
}

/** A header's value, or undefined where it is absent. */
export function header(request: IncomingRequest, name: string): string | undefined {
  return request.headers.get(name) ?? undefined
}
