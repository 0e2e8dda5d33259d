import type { ClientSettings } from '../../settings/settings.ts'

/** A sign-out at the identity provider (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  /** The `login_hint` claim of the session; never a user name. */
  readonly logoutHint?: string
  readonly state: string
}

/** The URL of a sign-out. There is no ID token in it: URLs end up in histories and logs. */
export function buildEndSessionUrl(
  endSessionEndpoint: URL,
  client: Pick<ClientSettings, 'id' | 'postLogoutRedirectUri'>,
  { logoutHint, state }: EndSessionRequest,
): URL {
  const url = new URL(endSessionEndpoint)
  url.searchParams.set('client_id', client.id)
  url.searchParams.set('post_logout_redirect_uri', client.postLogoutRedirectUri)
  if (logoutHint !== undefined) url.searchParams.set('logout_hint', logoutHint)
  url.searchParams.set('state', state)
  return url
}
