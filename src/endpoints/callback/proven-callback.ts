import type { App } from '../../app/app.ts'
import { readBindingCookie } from '../../http/cookies.ts'
import { type IncomingRequest, header } from '../../http/messages.ts'
import {
  type AuthorizationResponse,
  readAuthorizationResponse,
} from '../../oauth/authorization/authorization-response.ts'
import { loginAddress, verifyState } from '../../login/login-transaction.ts'
import type { RowAddress } from '../../stores/ports.ts'
import { readCallbackParameters } from './parameters.ts'

/** A callback whose state is proved ours and this browser's. */
export interface ProvenCallback extends Awaited<ReturnType<typeof verifyState>> {
  readonly response: AuthorizationResponse
  readonly at: RowAddress
  readonly userAgent: string
}

/** Reads the response and proves its state, without storage. Throws a sign-in error. */
export async function proveCallback(request: IncomingRequest, app: App): Promise<ProvenCallback> {
  const response = readAuthorizationResponse(await readCallbackParameters(request))
  const binding = readBindingCookie(request, app.cookiePolicy)
  const proven = await verifyState(response.state, binding, app.sessionKeys.find)
  return {
    ...proven,
    response,
    at: loginAddress(proven.key, proven.handle),
    userAgent: header(request, 'user-agent') ?? '',
  }
}

/** Keyed hash of the code of a response, by which a repeated callback is told from another one. */
export function codeHash({ key, response }: ProvenCallback): string {
  return response.code === undefined ? '' : key.hash('code', response.code)
}
