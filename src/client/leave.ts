/**
 * What is needed only where the page is left: a second file, loaded then. It imports nothing, so
 * that it can be served alone.
 */
import type { BffError } from './bff-error.ts'
import type { LogoutOptions } from './bff.ts'
import type { Send } from './server.ts'

const key = 'entra-bff'

const wait = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/**
 * Leaves for `url`, once for all tabs: resolves after 10 s where the browser stayed, at once where
 * another tab is signing in. Gives a code where this tab left less than 10 s ago, and where no
 * cookie would stay. A person's own click always goes.
 */
export async function signInOnce(
  url: string,
  isStepUp: boolean,
): Promise<'login_loop' | 'cookies_blocked' | undefined> {
  const go = async (): Promise<undefined> => {
    location.assign(url)
    await wait(10)
  }
  if (!navigator.cookieEnabled) return 'cookies_blocked'
  // Somebody clicked: that is no loop, and the tab that they look at goes first.
  if (navigator.userActivation?.isActive) return await go()
  const mark = `${key}-${isStepUp ? 'step-up' : 'sign-in'}`
  const last = sessionStorage.getItem(mark)
  const now = Date.now()
  if (now - Number(last) < 10_000) return 'login_loop'
  return await navigator.locks.request(key, { ifAvailable: true }, async (lock) => {
    const led = localStorage.getItem(key)
    if (!lock || (led !== last && now - Number(led) < 30_000)) return undefined
    sessionStorage.setItem(mark, `${now}`)
    localStorage.setItem(key, `${now}`)
    // The lock is held until the page is gone. Processes learn of what another one stored a moment
    // later, so the page stays for that long.
    await wait(0.3)
    return await go()
  })
}

/**
 * Signs out and gives the address to go to. Where storage refused, nothing has ended: `blame` is
 * told, and it is tried twice more.
 */
export async function signOut(
  send: Send,
  blame: (error: BffError) => never,
  { returnTo, everywhere }: LogoutOptions = {},
): Promise<string> {
  const back = returnTo && new URL(returnTo, location.href).href
  for (let tries = 1; ; tries++) {
    const answer = await send<{ logoutUrl: string | null }>('/logout', {
      returnTo: back,
      everywhere,
    }).catch(async (error: BffError) => {
      if (tries > 2 || error.status !== 503) return blame(error)
      await Promise.reject(error)
        .catch(blame)
        .catch(() => wait(error.retryAfter || 5))
      return undefined
    })
    if (answer) return answer.logoutUrl ?? back ?? '/'
  }
}
