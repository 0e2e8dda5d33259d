import { problemOf } from './bff-error.ts'
import type { Bff, BffOptions } from './bff.ts'
import type { LoginUrl } from './server.ts'
import type { Shown } from './session.ts'

/** `fetch` with what the BFF asks for, and its 401 and 409 understood. */
export function createFetch(
  origin: string,
  loginUrl: LoginUrl,
  shown: Shown,
  [ask, signIn]: readonly [() => Promise<void>, (url: string, isStepUp: boolean) => Promise<void>],
  { on401 = 'auto', mayRedirect }: BffOptions,
): Bff['fetch'] {
  return async function call(
    input: Request | string | URL,
    init?: RequestInit,
    isRepeated?: unknown,
  ): Promise<Response> {
    const target = (input as Request).url ? (input as Request) : new URL(input as string, origin)
    const request = new Request(target, init)
    if (!request.url.startsWith(origin + '/')) return await fetch(request)
    request.headers.set('x-csrf', '1')
    if (shown.user) request.headers.set('x-expected-user', shown.user.id)
    const response = await fetch(request, { credentials: 'include' })
    // What an API refused itself came through the BFF: it is an answer.
    if (response.ok || response.headers.has('x-upstream')) return response
    const problem = await problemOf(response.clone())
    const isChanged = problem.code === 'user_changed'
    const isStepUp = problem.code === 'interaction_required'
    if (!isChanged && !isStepUp && problem.code !== 'session_expired') return response
    if (!isStepUp) await ask()
    if (on401 === 'return') return response
    Object.assign(problem, { loginUrl: loginUrl({}, problem.loginUrl) })
    if (isChanged || !/GET|HEAD/.test(request.method)) throw problem
    // Another tab may have signed in since this call was sent.
    if (isStepUp || !shown.user || isRepeated) {
      if (on401 !== 'auto' || !mayRedirect!()) throw problem
      await signIn(problem.loginUrl!, isStepUp)
    }
    return await call(input, init, true)
  }
}
