import type { AuthState, Bff, BffOptions } from './bff.ts'
import { BffError } from './bff-error.ts'
import { createFetch } from './guarded-fetch.ts'
import { createServer } from './server.ts'
import { createSession, type Shown } from './session.ts'
import { watchUse } from './use-of-page.ts'

export { BffError } from './bff-error.ts'
export type { BffErrorDetails } from './bff-error.ts'
export type * from './bff.ts'

/** Makes the helper and asks who is signed in. One for a page; it needs no framework. */
export function createBff(options: BffOptions = {}): Bff {
  const [origin, send, loginUrl] = createServer(options)
  const shown: Shown = { state: { status: 'loading' }, user: null, isAuthenticated: false }
  const listeners = new Set<(state: AuthState) => void>()
  const channel = new BroadcastChannel(loginUrl({ returnTo: '/' }))
  const ending = new AbortController()
  const [ask, look, become, blame, renew, stop] = createSession(
    send,
    shown,
    listeners,
    channel,
    options.warnSeconds,
  )

  // A second, small file for what few page views need; without it, nothing could be left for anyway.
  const leaving = () => import('./leave.ts').catch(() => blame(new BffError('unreachable')))

  async function signIn(url: string, isStepUp = false): Promise<void> {
    const { signInOnce } = await leaving()
    do {
      const refusal = await signInOnce(url, isStepUp)
      if (refusal) blame(new BffError(refusal))
      // Another tab does it, or has done it, or was closed.
      await ask()
      if (!shown.user || isStepUp)
        await new Promise<unknown>((resolve) => {
          listeners.add(resolve)
          setTimeout(resolve, 9000)
        })
    } while (!shown.user)
  }

  channel.addEventListener('message', ({ data }) => {
    if (data === shown.isAuthenticated) look()
    else void ask()
  })
  const isTyped = watchUse(look, ask, options.refetchOnFocus, ending.signal)
  const known = ask(true)

  return Object.assign(shown, {
    ready: () => known.then(() => shown.state),
    subscribe(listener) {
      listeners.add(listener)
      listener(shown.state)
      return () => void listeners.delete(listener)
    },
    login: (wanted) => signIn(loginUrl(wanted)),
    loginUrl,
    async logout(wanted) {
      const { signOut } = await leaving()
      const url = await signOut(send, blame, wanted)
      become({ status: 'anonymous', reason: 'signed_out' })
      location.assign(url)
    },
    fetch: createFetch(origin, loginUrl, shown, [ask, signIn], {
      mayRedirect: () => !isTyped(),
      ...options,
    }),
    refresh: () => renew().then(() => shown.state),
    hasRole: (role) => !!shown.user?.roles.includes(role),
    dispose() {
      ending.abort()
      stop()
      channel.close()
    },
  } satisfies Omit<Bff, keyof Shown>)
}
