/**
 * The two cookies of this app; no other can be built. Path `/`, no Domain, HttpOnly; the prefix
 * `__Host-Http-` (draft-ietf-httpbis-layered-cookies) goes with Secure, plain names with http on
 * loopback. `maxAge` in seconds; without it the cookie lives as long as the browser runs.
 */
export type Cookie = {
  readonly value: string
  readonly path: '/'
  readonly httpOnly: true
  readonly sameSite: 'Strict' | 'Lax' | 'None'
  readonly maxAge?: number
} & (
  | { readonly name: '__Host-Http-session' | '__Host-Http-login'; readonly secure: true }
  | { readonly name: 'session' | 'login'; readonly secure: false }
)
