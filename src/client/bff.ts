import type { BffError } from './bff-error.ts'

/** The signed-in person, as `/auth/session` tells it. */
export interface User {
  /** Stable within the tenant (`oid`); never an address. */
  readonly id: string
  readonly tenantId: string
  readonly name: string | null
  readonly username: string | null
  readonly email: string | null
  readonly roles: readonly string[]
  /** Further claims, named in `USER_CLAIMS`. */
  readonly claims: Readonly<Record<string, unknown>>
}

/** Nothing is known yet. */
export interface Loading {
  readonly status: 'loading'
  /** Why not: it is asked again every 10 s. */
  readonly error?: BffError | undefined
}

/** Somebody is signed in. */
export interface Authenticated {
  readonly status: 'authenticated'
  readonly user: User
  /** Milliseconds since 1970 by this machine's clock: when the session ends unless it is used. */
  readonly expiresAt: number
  /** The end is less than `warnSeconds` away: `refresh()` moves it. */
  readonly expiresSoon: boolean
  /** What failed last: a question (`unreachable`), or a sign-out, which is being repeated. */
  readonly error?: BffError | undefined
}

/** Nobody is signed in. */
export interface Anonymous {
  readonly status: 'anonymous'
  readonly reason?: 'signed_out' | 'session_expired' | undefined
  /** Why the last sign-in or question failed. */
  readonly error?: BffError | undefined
}

/** Who is signed in. A new object with every change, the same one between changes. */
export type AuthState = Loading | Authenticated | Anonymous

/** How the helper finds the BFF, and what it does by itself. */
export interface BffOptions {
  /** Origin of the functions; default: this page's own. */
  readonly baseUrl?: string
  /** Path of the sign-in endpoints; default `/auth`. */
  readonly prefix?: string
  /**
   * What `fetch` does where a sign-in is needed. `auto` (default): GET and HEAD go and sign in, other
   * methods throw; `throw`; `return` gives the 401.
   */
  readonly on401?: 'auto' | 'throw' | 'return'
  /** Asks again when the page gets the focus, at most every 5 s; default true. */
  readonly refetchOnFocus?: boolean
  /** `expiresSoon` so many seconds before the end; default 60. */
  readonly warnSeconds?: number
  /**
   * Asked before `fetch` leaves the page by itself; where it says no, the call throws. Default: not
   * once something was typed into the page.
   */
  readonly mayRedirect?: () => boolean
}

/** How a sign-in goes. */
export interface LoginOptions {
  /** Where it ends; default: here, query and fragment included. */
  readonly returnTo?: string
  readonly prompt?: 'login' | 'select_account' | 'consent' | 'none'
  readonly loginHint?: string
  readonly domainHint?: string
  /** Languages of Entra's pages, for example `de`. */
  readonly uiLocales?: string
}

/** How a sign-out goes. */
export interface LogoutOptions {
  /** Where it ends; default: `DEFAULT_RETURN_TO`. */
  readonly returnTo?: string
  /** Ends the user's sessions in other browsers as well. */
  readonly everywhere?: boolean
}

/** The sign-in backend as a page sees it. */
export interface Bff {
  readonly state: AuthState
  readonly user: User | null
  readonly isAuthenticated: boolean
  /** The state after the first answer; still `loading`, with an `error`, where there was none. */
  ready(): Promise<AuthState>
  /** Calls `listener` now and with every change; returns what ends that. A Svelte store's contract. */
  subscribe(listener: (state: AuthState) => void): () => void
  /**
   * Goes and signs in; resolves only where another tab did it. Rejects with `login_loop` or
   * `cookies_blocked` where trying again would lead here again.
   */
  login(options?: LoginOptions): Promise<void>
  /** The same as an address, for a link. */
  loginUrl(options?: LoginOptions): string
  /** Signs out and goes to Entra's sign-out page. Rejects where nothing was ended. */
  logout(options?: LogoutOptions): Promise<void>
  /** `fetch`, with what the BFF asks for on calls to its own origin; relative to `baseUrl`. */
  fetch(input: Request | string | URL, init?: RequestInit): Promise<Response>
  /** Renews the session and its token now. Rejects with {@link BffError}. */
  refresh(): Promise<AuthState>
  hasRole(role: string): boolean
  /** Stops listening and asking. */
  dispose(): void
}
