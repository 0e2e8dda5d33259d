import type { EntraEmulator } from '../../../dev/entra/emulator.ts'
import { redirectUri } from './client.ts'

/** A browser as far as the emulator's pages need one: cookies, forms, no scripts. */
export interface FormBrowser {
  get(path: string): Promise<Response>
  post(path: string, fields: Record<string, string>): Promise<Response>
}

export function createFormBrowser(emulator: EntraEmulator): FormBrowser {
  let cookie = ''
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const url = new URL(path, emulator.origin)
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } })
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return response
  }
  return {
    get: (path) => send(path, {}),
    post: (path, fields) => send(path, { method: 'POST', body: new URLSearchParams(fields) }),
  }
}

/** The path of an authorization request. */
export function authorizePath(
  emulator: EntraEmulator,
  parameters: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'openid profile email offline_access',
    state: 'st',
    nonce: 'no',
    ...parameters,
  })
  return `/${emulator.tenantId}/oauth2/v2.0/authorize?${query.toString()}`
}

/** The parameters of the redirect back to the app. */
export function returned(response: Response): Record<string, string> {
  const location = response.headers.get('location')
  if (location === null) throw new Error(`no redirect, but status ${response.status}`)
  return Object.fromEntries(new URL(location).searchParams)
}
