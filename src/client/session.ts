import type { BffError } from './bff-error.ts'
import type { AuthState, User } from './bff.ts'
import { type Send, takeLoginError } from './server.ts'

/** The answer of `/auth/session` and `/auth/refresh`; times in seconds from now. */
interface SessionView {
  readonly authenticated: boolean
  readonly user: User
  readonly expiresIn: number
  readonly idleExpiresIn: number
  readonly accessTokenExpiresIn: number
}

/** What the page sees of the session. */
export interface Shown {
  state: AuthState
  user: User | null
  isAuthenticated: boolean
}

/**
 * Keeps what is `shown` the same as on the server, and tells `channel` who changes. A tuple, because
 * it has no names to be sent to every browser.
 */
export function createSession(
  send: Send,
  shown: Shown,
  listeners: ReadonlySet<(state: AuthState) => void>,
  channel: BroadcastChannel,
  warnSeconds = 60,
) {
  const loginError = takeLoginError()
  let asking: Promise<void> | undefined
  let timer: ReturnType<typeof setTimeout>
  let askedAt = 0

  function become(state: AuthState): void {
    const { isAuthenticated } = shown
    shown.state = state
    shown.user = 'user' in state ? state.user : null
    shown.isAuthenticated = !!shown.user
    // Only whether somebody is in: who it is, each tab asks the server.
    if (isAuthenticated !== shown.isAuthenticated)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window's
      channel.postMessage(shown.isAuthenticated)
    for (const listener of listeners) listener(state)
  }

  function askIn(seconds: number): void {
    clearTimeout(timer)
    timer = setTimeout(ask, seconds * 1000)
  }

  function show({ authenticated, user, expiresIn, idleExpiresIn }: SessionView): void {
    if (authenticated) {
      const left = Math.min(expiresIn, idleExpiresIn)
      const expiresSoon = left <= warnSeconds
      askIn(expiresSoon ? left + 1 : left - warnSeconds)
      become({ status: 'authenticated', user, expiresAt: Date.now() + left * 1000, expiresSoon })
    } else if (shown.state.status !== 'anonymous')
      become({
        status: 'anonymous',
        reason: shown.user ? 'session_expired' : undefined,
        error: loginError,
      })
  }

  /** Says what went wrong and throws it; who is signed in stays as it was last known. */
  function blame(error: BffError): never {
    become({ ...shown.state, error })
    throw error
  }

  const renew = (): Promise<void> => send<SessionView>('/refresh', {}).then(show)

  async function answer(isUse: boolean): Promise<void> {
    const view = await send<SessionView>('/session?slide=' + isUse)
    // Entra says only to a renewal that an account was disabled.
    if (isUse && view.accessTokenExpiresIn < 1)
      await renew().catch(({ code }: BffError) =>
        show({ ...view, authenticated: code !== 'session_expired' }),
      )
    else show(view)
  }

  /** Asks the server; whoever asks meanwhile gets the same answer. Trouble changes nothing that is known. */
  function ask(isUse = false): Promise<void> {
    askedAt = Date.now()
    return (asking ??= answer(isUse)
      .catch(blame)
      .catch(() => askIn(10))
      .finally(() => (asking = undefined)))
  }

  /** The page is used again: asks, but not more often than every 5 s. */
  function look(): void {
    if (!document.hidden && Date.now() - askedAt > 5000) void ask(true)
  }

  return [ask, look, become, blame, renew, () => clearTimeout(timer)] as const
}
