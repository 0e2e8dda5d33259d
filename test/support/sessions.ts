import { randomBytes } from 'node:crypto'
import type { EventMembers, EventName } from '../../src/base/events.ts'
import { toSeconds } from '../../src/stores/expiry.ts'
import { deriveSession, type OpenSession } from '../../src/session/session.ts'
import { formatSessionCookie, proveSessionCookie } from '../../src/session/session-cookie.ts'
import { verifyState, startLogin } from '../../src/login/login-transaction.ts'
import { openSession } from '../../src/session/open.ts'
import { createSessionKey, randomText, type SessionKey } from '../../src/keys/session-key.ts'
import { fixedSessionKeys, type SessionKeys } from '../../src/keys/session-keys.ts'
import { type SessionStart, buildSessionRows } from '../../src/session/build-rows.ts'
import { createMemoryStores, type MemoryStores } from './memory-stores.ts'

/** A world of sessions in memory with a clock that tests move. */
export interface SessionWorld {
  readonly stores: MemoryStores
  readonly key: SessionKey
  readonly keys: SessionKeys
  readonly times: typeof times
  /** Milliseconds since 1970. */
  now: number
  readonly events: { event: EventName; members: EventMembers | undefined }[]
  readonly write: (event: EventName, members?: EventMembers) => void
  /** Signs someone in and gives the cookie. */
  signIn(start?: Partial<Pick<SessionStart, 'tokens' | 'sid'> & { user: string }>): Promise<string>
  open(cookie: string): Promise<OpenSession | undefined>
}

const times = { loginTtlSeconds: 600, sessionAbsoluteSeconds: 43_200, sessionIdleSeconds: 3600 }

/** Makes an empty world. */
export function createSessionWorld(): SessionWorld {
  const bytes = randomBytes(32)
  const key = createSessionKey(bytes)
  const keys = fixedSessionKeys([bytes])
  const stores = createMemoryStores()
  const events: SessionWorld['events'] = []
  const world: SessionWorld = {
    stores,
    key,
    keys,
    times,
    now: 1_800_000_000_000,
    events,
    write: (event, members) => void events.push({ event, members }),
    async signIn({ tokens, sid, user = 'ada' } = {}) {
      const derived = await deriveAt(world)
      const started = buildSessionRows(
        {
          derived,
          content: contentOf(user),
          sid,
          tokens: tokens ?? { expiresIn: 3600, refreshToken: `refresh-1-${user}` },
          userAgent: 'Test/1.0',
          now: world.now,
        },
        times,
      )
      await stores.sessions.create(derived.at, started.row)
      await stores.index.put(started.index)
      return formatSessionCookie(derived)
    },
    async open(cookie) {
      const proven = await proveSessionCookie(cookie, keys)
      if (typeof proven !== 'object') return undefined
      return openSession(proven, {
        sessions: stores.sessions,
        now: () => world.now,
        write: world.write,
        onUndecryptable: (session) =>
          world.write('bff.session.rejected', { session, reason: 'undecryptable' }),
      })
    },
  }
  return world
}

async function deriveAt(world: SessionWorld) {
  const binding = randomText(32)
  const login = startLogin({
    key: world.key,
    binding,
    shard: '00',
    content: { nonce: '', codeVerifier: '', returnTo: '', silent: false, startedAt: world.now },
    now: world.now,
    ttlSeconds: times.loginTtlSeconds,
  })
  const proven = await verifyState(login.state, binding, world.keys.find)
  return deriveSession(proven, randomText(16), times)
}

function contentOf(user: string): SessionStart['content'] {
  return {
    user: {
      id: user,
      tenantId: 'tenant',
      name: user,
      username: `${user}@contoso.test`,
      email: null,
      roles: [],
      claims: {},
    },
    issuer: 'https://issuer.example/v2.0',
    subject: `sub-${user}`,
    nonce: 'nonce',
    loginHint: undefined,
    returnTo: 'https://app.example.com/',
    upstreamClaims: {},
  }
}

/** Whole seconds of the world's clock. */
export function secondsOf(world: SessionWorld): number {
  return toSeconds(world.now)
}
