import type { HttpHandler } from '@azure/functions'
import type { ApiClient } from './app/api-call/api-client.ts'
import { BffError } from './base/errors.ts'
import {
  type MaybeSignedIn,
  requireMembership,
  type SignedInOptions,
} from './endpoints/signed-in.ts'
import { replyOf } from './http/own-reply.ts'
import { problem } from './http/replies.ts'
import type { Bff, SignedInHandler } from './index.ts'
import type { User } from './session/user.ts'

/** Who calls in a unit test, and what APIs give. */
export interface FakeBffOptions {
  /** The signed-in user, with defaults for what is left out; nobody is signed in without it. */
  readonly user?: Partial<User>
  /** The access token of each API, or the error that asking for it throws. */
  readonly tokens?: Readonly<Record<string, string | Error>>
  /** Answers `api(name).fetch(path, init)`; by default 200 with `{}`. */
  readonly fetch?: (
    api: string,
    path: string,
    init: RequestInit | undefined,
  ) => Promise<Response> | Response
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
const correlationId = '0'.repeat(32)

/**
 * A stand-in for `createBff()` in unit tests of a team's own functions: no settings, no storage, no
 * network. Handlers take a plain `Request`. Who is signed in, roles, groups and thrown errors are
 * answered as in the real one; where a call comes from is not checked.
 */
export function fakeBff(options: FakeBffOptions = {}): Bff {
  return {
    register: () => {},
    signedIn: (handler: SignedInHandler<never>, checks?: SignedInOptions): HttpHandler => {
      return async (request, context) => {
        try {
          const visitor = visitorOf(options, checks ?? {})
          return await replyOf(await handler(request, context, visitor as never))
        } catch (error) {
          const known =
            error instanceof BffError ? error : new BffError('server_error', 'unexpected')
          return problem(known, { correlationId, loginUrl: `${origin}/auth/login` })
        }
      }
    },
  }
}

function visitorOf(options: FakeBffOptions, checks: SignedInOptions): MaybeSignedIn {
  if (options.user === undefined) {
    if (checks.optional === true) return { user: undefined, session: undefined }
    throw new BffError('session_expired', 'no session')
  }
  const user = { ...someone, ...options.user }
  requireMembership(user, checks)
  const session = {
    authenticated: true as const,
    user,
    expiresIn: 43_200,
    idleExpiresIn: 3600,
    accessTokenExpiresIn: 3600,
    logoutUrl: `${origin}/auth/logout`,
  }
  return { user, session, api: (name) => fakeApi(name, options) }
}

function fakeApi(name: string, { tokens = {}, fetch }: FakeBffOptions): ApiClient {
  const token = async () => {
    const known = tokens[name]
    if (known === undefined) throw new TypeError(`there is no API "${name}" in "tokens"`)
    if (known instanceof Error) throw known
    return known
  }
  return {
    async fetch(path, init) {
      await token()
      return fetch === undefined ? Response.json({}) : fetch(name, path, init)
    },
    accessToken: token,
    credential: () => ({
      getToken: async () => ({ token: await token(), expiresOnTimestamp: Date.now() + 3_600_000 }),
    }),
  }
}
