import type { Anonymous, AuthState, Bff, LoginOptions, LogoutOptions, User } from './bff.ts'

/** Who is there when a test begins, and what APIs answer. */
export interface FakeBffOptions {
  /** The signed-in user, with defaults for what is left out; nobody is signed in without it. */
  readonly user?: Partial<User>
  /** Answers `fetch`; by default 200 with `{}`. */
  readonly fetch?: (request: Request) => Promise<Response> | Response
}

/** The helper with no server behind it, and what a test may do to it and read from it. */
export interface FakeBff extends Bff {
  /** Options of every `login`, in order. Nothing navigates. */
  readonly logins: readonly LoginOptions[]
  readonly logouts: readonly LogoutOptions[]
  /** Requests of every `fetch`, in order. */
  readonly requests: readonly Request[]
  signIn(user?: Partial<User>): void
  signOut(reason?: Anonymous['reason']): void
  /** Shows any state, for example one that is about to end. */
  become(state: AuthState): void
}

const someone: User = {
  id: '00000000-0000-0000-0000-000000000001',
  tenantId: '00000000-0000-0000-0000-00000000000a',
  name: 'Test User',
  username: 'test@example.com',
  email: null,
  roles: [],
  claims: {},
}
const origin = 'https://app.example.com'

/** A stand-in for `createBff()` in tests of components: no network, no navigation, no DOM needed. */
export function createFakeBff({ user, fetch }: FakeBffOptions = {}): FakeBff {
  const listeners = new Set<(state: AuthState) => void>()
  const logins: LoginOptions[] = []
  const logouts: LogoutOptions[] = []
  const requests: Request[] = []
  let state = stateOf(user)
  const become = (next: AuthState): void => {
    state = next
    for (const listener of listeners) listener(state)
  }
  const userOf = (): User | null => ('user' in state ? state.user : null)
  return {
    logins,
    logouts,
    requests,
    become,
    signIn: (user = {}) => become(stateOf(user)),
    signOut: (reason) => become({ status: 'anonymous', reason }),
    get state() {
      return state
    },
    get user() {
      return userOf()
    },
    get isAuthenticated() {
      return userOf() !== null
    },
    ready: () => Promise.resolve(state),
    subscribe(listener) {
      listeners.add(listener)
      listener(state)
      return () => void listeners.delete(listener)
    },
    login: async (options = {}) => void logins.push(options),
    loginUrl: ({ returnTo = '/' } = {}) =>
      `${origin}/auth/login?returnTo=${encodeURIComponent(returnTo)}`,
    async logout(options = {}) {
      logouts.push(options)
      become({ status: 'anonymous', reason: 'signed_out' })
    },
    async fetch(input, init) {
      const request = new Request(input instanceof Request ? input : new URL(input, origin), init)
      requests.push(request)
      return (await fetch?.(request)) ?? Response.json({})
    },
    refresh: () => Promise.resolve(state),
    hasRole: (role) => userOf()?.roles.includes(role) ?? false,
    dispose: () => listeners.clear(),
  }
}

function stateOf(user: Partial<User> | undefined): AuthState {
  if (user === undefined) return { status: 'anonymous' }
  const expiresAt = Date.now() + 3_600_000
  return {
    status: 'authenticated',
    user: { ...someone, ...user },
    expiresAt,
    expiresSoon: false,
  }
}
