import * as openid from 'openid-client'
import { createEntraAdmin, type AuthorizeOptions } from '../../../dev/entra/admin-client.ts'
import { clientId, clientSecret } from '../../../dev/entra/defaults.ts'
import type { EntraEmulator } from '../../../dev/entra/emulator.ts'

export const redirectUri = 'http://localhost:7071/auth/callback'
export const apiScope = 'api://entra-bff-demo/access_as_user'
const signInScope = 'openid profile email offline_access'

/** openid-client, set up for the emulator as an app would be. */
export async function discover(
  emulator: EntraEmulator,
  authentication: openid.ClientAuth = openid.ClientSecretPost(clientSecret),
): Promise<openid.Configuration> {
  const issuer = new URL(`${emulator.origin}/${emulator.tenantId}/v2.0`)
  return openid.discovery(issuer, clientId, undefined, authentication, {
    execute: [openid.allowInsecureRequests],
  })
}

/** A sign-in as far as the redirect back to the app. */
export interface StartedSignIn {
  location: URL
  checks: openid.AuthorizationCodeGrantChecks & { pkceCodeVerifier: string }
}

/** Code, PKCE, state and nonce; the person is the one named. */
export async function startSignIn(
  emulator: EntraEmulator,
  config: openid.Configuration,
  parameters: Record<string, string> = {},
  options: AuthorizeOptions = { user: 'ada@contoso.test' },
): Promise<StartedSignIn> {
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const expectedNonce = openid.randomNonce()
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: `${signInScope} ${apiScope}`,
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const result = await createEntraAdmin(emulator.origin).authorize(url, options)
  if (result.location === undefined) throw new Error(`the page ${String(result.page)} stayed`)
  return {
    location: new URL(result.location),
    checks: { pkceCodeVerifier, expectedState, expectedNonce },
  }
}

/** A whole sign-in. */
export async function signIn(
  emulator: EntraEmulator,
  config: openid.Configuration,
  parameters: Record<string, string> = {},
  options?: AuthorizeOptions,
) {
  const { location, checks } = await startSignIn(emulator, config, parameters, options)
  return openid.authorizationCodeGrant(config, location, checks)
}

/** A raw token request with the client's secret; fields given as undefined are left out. */
export function tokenRequest(
  emulator: EntraEmulator,
  fields: Record<string, string | undefined>,
  init: { headers?: Record<string, string>; tenant?: string; signal?: AbortSignal } = {},
): Promise<Response> {
  const all = { client_id: clientId, client_secret: clientSecret, ...fields }
  const given = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as [string, string]],
  )
  return fetch(`${emulator.origin}/${init.tenant ?? emulator.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams(given),
    redirect: 'manual',
    ...(init.headers && { headers: init.headers }),
    ...(init.signal && { signal: init.signal }),
  })
}
