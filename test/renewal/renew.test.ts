import { beforeEach, expect, test } from 'vitest'
import { BffError } from '../../src/base/errors.ts'
import { tokenColumn } from '../../src/renewal/api-token.ts'
import { endSession } from '../../src/session/end.ts'
import { renew } from '../../src/renewal/renew.ts'
import type { RenewalParts, TokenNeed } from '../../src/renewal/token-need.ts'
import type { RenewalOutcome, RenewalRequest } from '../../src/renewal/outcome.ts'
import type { OpenSession } from '../../src/session/session.ts'
import { storeStep, takeStep, useStep } from '../../src/renewal/step-up.ts'
import { touch } from '../../src/session/touch.ts'
import { createSessionWorld, secondsOf, type SessionWorld } from '../support/sessions.ts'

let world: SessionWorld
let cookie: string
let requests: RenewalRequest[]
let answer: (request: RenewalRequest) => Promise<RenewalOutcome> | RenewalOutcome

beforeEach(async () => {
  world = createSessionWorld()
  cookie = await world.signIn()
  requests = []
  answer = () => refreshed()
})

function refreshed(
  refreshToken: string | undefined = `refresh-${requests.length + 1}`,
): RenewalOutcome {
  const tokens = { accessToken: `access-${requests.length}`, expiresIn: 3600 }
  return { kind: 'refreshed', tokens: refreshToken ? { ...tokens, refreshToken } : tokens }
}

function parts(): RenewalParts {
  return {
    sessions: world.stores.sessions,
    now: () => world.now,
    // Waiting moves the clock, and lets every other call go on first.
    sleep: async (ms) => {
      await new Promise((resolve) => setImmediate(resolve))
      world.now += ms / 100
    },
    requestRenewal: async (request) => {
      requests.push(request)
      await new Promise((resolve) => setTimeout(resolve, 5))
      return answer(request)
    },
    endSession: (session) =>
      endSession(session, 'invalid_grant', {
        sessions: world.stores.sessions,
        index: world.stores.index,
        sessionKeys: world.keys,
        write: world.write,
      }),
    sessionIdleSeconds: 3600,
    signInScopes: ['openid'],
    userClaims: [],
    write: world.write,
  }
}

/** Waiting takes real time, and moves no clock. */
const slowly = (): RenewalParts => ({
  ...parts(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
})

const forced = (since: OpenSession): TokenNeed => ({
  upstream: undefined,
  scopes: ['openid'],
  isMet: ({ row }) => row.refreshedAt > since.row.refreshedAt,
  isUsable: () => false,
})

const api = (upstream: string, usable = false): TokenNeed => ({
  upstream,
  scopes: [`api://${upstream}/.default`],
  isMet: ({ row }) => (row.sealed[tokenColumn(upstream)] ?? '') !== '',
  isUsable: () => usable,
})

const open = async () => (await world.open(cookie))!
const refreshTokenOf = (session: OpenSession) =>
  session.sealer.open('refresh', session.row.sealed['refresh']!)

test('a renewal is one read, a lease and a write-back, and replaces the refresh token (D-04)', async () => {
  const before = world.stores.operations.length
  const session = await open()
  await renew(session, forced(session), parts())
  expect(world.stores.operations.slice(before)).toEqual([
    'sessions.read',
    'sessions.update',
    'sessions.update',
  ])
  const after = await open()
  expect(refreshTokenOf(after)).toBe('refresh-2')
  expect(after.row).toMatchObject({ generation: 2, leaseId: '', leaseUntil: 0 })
})

test('an answer without a refresh token keeps the old one (D-04)', async () => {
  answer = () => refreshed('')
  const session = await open()
  await renew(session, forced(session), parts())
  expect(refreshTokenOf(await open())).toBe('refresh-1-ada')
})

test('fifty callers cause one token request and get one answer (D-05)', async () => {
  const sessions = await Promise.all(Array.from({ length: 50 }, open))
  const results = await Promise.all(
    sessions.map((session) => renew(session, forced(session), parts())),
  )
  expect(requests).toHaveLength(1)
  expect(new Set(results.map(({ row }) => row.generation))).toEqual(new Set([2]))
})

test('two APIs renew one after the other, each with the newest refresh token (D-16)', async () => {
  const sessions = await Promise.all([open(), open()])
  await Promise.all([
    renew(sessions[0], api('graph'), parts()),
    renew(sessions[1], api('demo'), parts()),
  ])
  expect(requests.map(({ refreshToken }) => refreshToken)).toEqual(['refresh-1-ada', 'refresh-2'])
  const after = await open()
  expect(refreshTokenOf(after)).toBe('refresh-3')
  const opened = ['graph', 'demo'].map((name) =>
    after.sealer.open(tokenColumn(name), after.row.sealed[tokenColumn(name)]!),
  )
  expect(new Set(opened).size).toBe(2)
})

test('a sign-out during a renewal wins: the row stays deleted (D-11, H-11)', async () => {
  const session = await open()
  answer = async () => {
    await world.stores.sessions.delete(session.at)
    return refreshed()
  }
  await expect(renew(session, forced(session), parts())).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(world.stores.tables.sessions.size).toBe(0)
})

test('an idle touch in between does not lose the rotated token', async () => {
  const session = await open()
  world.now += 600_000
  answer = async () => {
    const current = { ...(await open()) }
    await touch(
      { ...current, row: { ...current.row, leaseUntil: 0 } },
      { sessions: world.stores.sessions, sessionIdleSeconds: 3600, now: world.now },
    )
    return refreshed()
  }
  await renew(session, forced(session), parts())
  expect(refreshTokenOf(await open())).toBe('refresh-2')
})

test('a session does not run out of idle time while it is being renewed (E-08)', async () => {
  const session = await open()
  world.now += 3_590_000
  answer = async () => {
    world.now += 15_000
    expect(await open()).toBeDefined()
    return refreshed()
  }
  await renew(session, forced(session), parts())
  expect(refreshTokenOf(await open())).toBe('refresh-2')
})

test('a session in use outlives a provider that is away for longer than the idle time (D-07)', async () => {
  answer = () => ({ kind: 'failed', code: 'identity_provider_unavailable' })
  for (let tries = 0; tries < 3; tries++) {
    world.now += 3_000_000
    const session = await open()
    await expect(renew(session, forced(session), parts())).rejects.toMatchObject({
      code: 'identity_provider_unavailable',
    })
  }
  expect(await open()).toBeDefined()
})

test('tokens that are too large for the row lose neither the session nor a rotated token (K-07)', async () => {
  const session = await open()
  answer = () => {
    const error = new BffError('login_failed', 'too large', { loginFailure: 'session_too_large' })
    world.stores.fail('sessions.update', { error })
    return refreshed()
  }
  await expect(renew(session, api('graph'), parts())).rejects.toMatchObject({
    code: 'identity_provider_error',
  })
  const after = await open()
  expect(refreshTokenOf(after)).toBe('refresh-2')
  expect(after.row).toMatchObject({ leaseId: '', leaseUntil: 0 })
})

test('a renewal has to end well before its lease', async () => {
  const session = await open()
  await renew(session, forced(session), parts())
  expect(requests[0]?.timeoutMs).toBe(18_000)
})

test.each(['first', 'second'])(
  'the %s update whose answer is lost is adopted (K-08)',
  async (which) => {
    const session = await open()
    if (which === 'first') world.stores.loseAnswer('sessions.update')
    else answer = () => (world.stores.loseAnswer('sessions.update'), refreshed())
    await renew(session, forced(session), parts())
    expect(requests).toHaveLength(1)
    expect(refreshTokenOf(await open())).toBe('refresh-2')
    expect((await open()).row.leaseId).toBe('')
  },
)

test('storage that fails at the write-back is tried again: the rotated token is kept', async () => {
  const session = await open()
  answer = () => (world.stores.fail('sessions.update', { times: 3 }), refreshed())
  await renew(session, forced(session), parts())
  expect(refreshTokenOf(await open())).toBe('refresh-2')
})

test('while a dead holder has the lease callers wait 10 s, then 503 with what is left of it', async () => {
  const session = await open()
  await world.stores.sessions.update(session.at, session.version, {
    leaseId: 'dead',
    leaseUntil: world.now + 30_000,
  })
  const slow = { ...parts(), sleep: async (ms: number) => void (world.now += ms) }
  const leased = await open()
  await expect(renew(leased, forced(leased), slow)).rejects.toMatchObject({
    code: 'identity_provider_unavailable',
  })
  expect(requests).toHaveLength(0)
  world.now += 20_000
  const later = await open()
  await renew(later, forced(later), parts())
  expect(refreshTokenOf(await open())).toBe('refresh-2')
})

test('while another call holds the lease a token that is still valid is used', async () => {
  const session = await open()
  await world.stores.sessions.update(session.at, session.version, {
    leaseId: 'other',
    leaseUntil: world.now + 30_000,
  })
  const leased = await open()
  expect(await renew(leased, api('graph', true), parts())).toBe(leased)
})

test('a provider that is down is asked once until retryAt, and the session is kept (D-07)', async () => {
  answer = () => ({ kind: 'failed', code: 'identity_provider_unavailable', retryAfterSeconds: 30 })
  const sessions = await Promise.all(Array.from({ length: 20 }, open))
  const results = await Promise.allSettled(
    sessions.map((session) => renew(session, forced(session), parts())),
  )
  expect(results.every(({ status }) => status === 'rejected')).toBe(true)
  expect(requests).toHaveLength(1)
  world.now += 29_000
  const session = await open()
  await expect(renew(session, forced(session), parts())).rejects.toMatchObject({
    code: 'identity_provider_unavailable',
  })
  expect(requests).toHaveLength(1)
  answer = () => refreshed()
  world.now += 2_000
  await renew(await open(), forced(session), parts())
  expect(requests).toHaveLength(2)
})

test('with a token that is still valid a provider that is down is no fault (D-07)', async () => {
  answer = () => ({ kind: 'failed', code: 'identity_provider_unavailable' })
  await renew(await open(), api('graph', true), parts())
  await renew(await open(), api('graph', true), parts())
  expect(requests).toHaveLength(1)
})

test('invalid_grant ends the session, for every caller (D-06)', async () => {
  answer = () => ({ kind: 'ended', reason: 'invalid_grant', idp: { idpError: 'invalid_grant' } })
  const sessions = await Promise.all(Array.from({ length: 10 }, open))
  const results = await Promise.allSettled(
    sessions.map((session) => renew(session, forced(session), parts())),
  )
  for (const result of results)
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'session_expired' } })
  expect(requests).toHaveLength(1)
  expect(world.stores.tables.sessions.size + world.stores.tables.index.size).toBe(0)
  expect(world.events.map(({ event }) => event)).toContain('bff.session.ended')
})

test.each(['has renewed', 'is renewing'])(
  'a refusal that comes late ends nothing where another call %s the session (D-06)',
  async (state) => {
    const session = await open()
    answer = async () => {
      const current = await open()
      const done = { generation: 2, refreshedAt: secondsOf(world), leaseId: '', leaseUntil: 0 }
      const change = state === 'has renewed' ? done : { leaseId: 'another' }
      await world.stores.sessions.update(current.at, current.version, change)
      return { kind: 'ended', reason: 'invalid_grant', idp: {} }
    }
    const result = renew(session, forced(session), parts())
    if (state === 'has renewed') expect((await result).row.generation).toBe(2)
    else await expect(result).rejects.toMatchObject({ code: 'identity_provider_unavailable' })
    expect(await world.open(cookie)).toBeDefined()
  },
)

/** Another call takes the lease while this one's answer is on its way, and has not got its own yet. */
async function takeLeaseAway(): Promise<void> {
  const current = await open()
  const change = { leaseId: 'another', leaseUntil: world.now + 30_000 }
  await world.stores.sessions.update(current.at, current.version, change)
}

test('new tokens that come late are written though another call has the lease by then (D-04)', async () => {
  answer = async () => {
    await takeLeaseAway()
    return refreshed()
  }
  const session = await open()
  await renew(session, forced(session), parts())
  const after = await open()
  expect(refreshTokenOf(after)).toBe('refresh-2')
  expect(after.row).toMatchObject({ generation: 2, leaseId: 'another' })
})

test('a refusal that comes late is not written over what another call is at', async () => {
  answer = async () => {
    await takeLeaseAway()
    return { kind: 'failed', code: 'identity_provider_unavailable' }
  }
  const session = await open()
  await expect(renew(session, forced(session), parts())).rejects.toBeDefined()
  expect((await open()).row).toMatchObject({ generation: 1, leaseId: 'another', retryAt: 0 })
})

test('who was late gives its lease back where another call has renewed under it', async () => {
  answer = async () => {
    const current = await open()
    const change = { generation: 2, refreshedAt: secondsOf(world) }
    await world.stores.sessions.update(current.at, current.version, change)
    return refreshed()
  }
  const session = await open()
  await renew(session, forced(session), parts())
  expect((await open()).row).toMatchObject({ generation: 2, leaseId: '', leaseUntil: 0 })
})

/** What a call that lost its lease writes in the end. */
async function writeLate(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 50))
  const current = await open()
  const done = { generation: 2, refreshedAt: secondsOf(world) + 1 }
  await world.stores.sessions.update(current.at, current.version, done)
}

test('a lease that was taken over ends nothing before the late call could write (D-06)', async () => {
  const session = await open()
  const leased = { leaseId: 'late', leaseUntil: world.now - 1 }
  await world.stores.sessions.update(session.at, session.version, leased)
  let late: Promise<unknown> | undefined
  answer = () => {
    late ??= writeLate()
    return { kind: 'ended', reason: 'invalid_grant', idp: {} }
  }
  const current = await open()
  expect((await renew(current, forced(current), slowly())).row.generation).toBe(2)
  await late
})

test('a lease that was taken over of a call that died ends the session in the end (D-06)', async () => {
  const session = await open()
  const leased = { leaseId: 'dead', leaseUntil: world.now - 1 }
  await world.stores.sessions.update(session.at, session.version, leased)
  answer = () => ({ kind: 'ended', reason: 'invalid_grant', idp: {} })
  const current = await open()
  await expect(renew(current, forced(current), parts())).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(await world.open(cookie)).toBeUndefined()
})

test('an interaction keeps the session and gives all callers the same step-up (D-08)', async () => {
  const claims = '{"access_token":{"acrs":{"value":"c1"}}}'
  answer = () => ({ kind: 'interaction', reason: 'step_up', claims, idp: {} })
  const sessions = await Promise.all(Array.from({ length: 20 }, open))
  const results = await Promise.allSettled(
    sessions.map((session) => renew(session, api('graph'), parts())),
  )
  const steps = results.map((result) => (result as PromiseRejectedResult).reason.details.step)
  expect(new Set(steps).size).toBe(1)
  expect(requests).toHaveLength(1)
  const session = await open()
  const taken = takeStep(session, steps[0], world.now)
  expect(taken?.step).toMatchObject({ upstream: 'graph', claims })
  await world.stores.sessions.update(session.at, session.version, { sealed: taken!.sealed })
  expect(takeStep(await open(), steps[0], world.now)).toBeUndefined()
})

test('what one API was refused stands though another is given a token meanwhile (D-08)', async () => {
  answer = ({ scopes }) =>
    scopes[0]!.includes('graph') ? { kind: 'interaction', reason: 'consent', idp: {} } : refreshed()
  const ask = async (name: string) =>
    renew(await open(), api(name), parts()).catch((error) => error.details.step as string)
  const step = await ask('graph')
  await ask('demo')
  expect(await ask('graph')).toBe(step)
  expect(requests).toHaveLength(2)
  world.now += 10_001
  await ask('graph')
  expect(requests).toHaveLength(3)
})

test('a fault that one API met is over once another is given a token', async () => {
  answer = ({ scopes }) =>
    scopes[0]!.includes('graph') && requests.length === 1
      ? { kind: 'failed', code: 'configuration_error' }
      : refreshed()
  await expect(renew(await open(), api('graph'), parts())).rejects.toMatchObject({
    code: 'configuration_error',
  })
  await renew(await open(), api('demo'), parts())
  await renew(await open(), api('graph'), parts())
  expect(requests).toHaveLength(3)
})

test('a step-up is good for ten minutes', async () => {
  answer = () => ({ kind: 'interaction', reason: 'consent', idp: {} })
  const error = await renew(await open(), api('graph'), parts()).catch((reason) => reason)
  const session = await open()
  expect(takeStep(session, error.details.step, world.now + 599_000)).toBeDefined()
  expect(takeStep(session, error.details.step, world.now + 600_001)).toBeUndefined()
})

test('missing consent for one API does not stand in the way of another', async () => {
  answer = ({ scopes }) =>
    scopes[0]!.includes('graph') ? { kind: 'interaction', reason: 'consent', idp: {} } : refreshed()
  await expect(renew(await open(), api('graph'), parts())).rejects.toMatchObject({
    code: 'interaction_required',
  })
  await renew(await open(), api('demo'), parts())
  expect(requests).toHaveLength(2)
})

test.each([
  [{ kind: 'denied', reason: 'conditional_access', idp: {} }, 'access_denied'],
  [{ kind: 'failed', code: 'configuration_error' }, 'configuration_error'],
  [{ kind: 'failed', code: 'identity_provider_error' }, 'identity_provider_error'],
  [{ kind: 'failed', code: 'vault_unavailable' }, 'vault_unavailable'],
] as [RenewalOutcome, string][])(
  '%j is answered %s, and the session is kept',
  async (outcome, code) => {
    answer = () => outcome
    const session = await open()
    await expect(renew(session, forced(session), parts())).rejects.toMatchObject({ code })
    expect((await open()).row.leaseId).toBe('')
  },
)

test('a fault of this program gives the lease back', async () => {
  answer = () => {
    throw new TypeError('bug')
  }
  const session = await open()
  await expect(renew(session, forced(session), parts())).rejects.toThrow('bug')
  expect((await open()).row.leaseId).toBe('')
})

test('claims of an earlier step-up are asked for with every renewal for that API', async () => {
  const session = await open()
  const content = { ...session.content, upstreamClaims: { graph: '{"x":1}' } }
  await renew({ ...session, content }, api('graph'), parts())
  expect(requests[0]?.claims).toBe('{"x":1}')
})

test('a refresh token that is kept ends when it did (E-08)', async () => {
  cookie = await world.signIn({
    tokens: { expiresIn: 600, refreshToken: 'r', refreshTokenExpiresIn: 7200 },
  })
  const session = await open()
  world.now += 60_000
  answer = () => refreshed('')
  await renew(session, forced(session), parts())
  expect((await open()).row.expiresAt).toBe(session.row.expiresAt)
})

test.each([
  { kind: 'failed', code: 'configuration_error' },
  { kind: 'failed', code: 'vault_unavailable' },
  { kind: 'failed', code: 'identity_provider_unavailable' },
] as RenewalOutcome[])(
  'with %j a token that is still valid goes on, and it is told (D-07)',
  async (outcome) => {
    const dependency = { name: 'vault', operation: 'read_secret' } as const
    answer = () => ({ ...outcome, dependency }) as RenewalOutcome
    await renew(await open(), api('graph', true), parts())
    await renew(await open(), api('graph', true), parts())
    expect(requests).toHaveLength(1)
    expect(world.events.map(({ event }) => event)).toEqual([
      'bff.session.refresh_failed',
      'bff.dependency.failed',
    ])
  },
)

test('what stands of a refusal is told without the log lines of its first call', async () => {
  const dependency = { name: 'identity_provider', operation: 'token' } as const
  answer = () => ({ kind: 'failed', code: 'configuration_error', dependency })
  const session = await open()
  await renew(session, forced(session), parts()).catch(() => {})
  const again = await open()
  const error = await renew(again, forced(again), parts()).catch((reason) => reason)
  expect(error).toMatchObject({ code: 'configuration_error', details: {} })
  expect(error.details.dependency).toBeUndefined()
})

test('a rotated token that came with an answer that could not be checked is kept (D-04)', async () => {
  answer = () => ({
    kind: 'failed',
    code: 'identity_provider_unavailable',
    refreshToken: 'rotated',
  })
  const session = await open()
  await expect(renew(session, forced(session), parts())).rejects.toMatchObject({
    code: 'identity_provider_unavailable',
  })
  expect(refreshTokenOf(await open())).toBe('rotated')
})

test('a step-up is added to those that another call stored meanwhile', async () => {
  const session = await open()
  let stored: string | undefined
  answer = async () => {
    stored = await storeStep(session, { upstream: 'demo', reason: 'claims' }, parts())
    return { kind: 'interaction', reason: 'step_up', idp: {} }
  }
  const error = await renew(await open(), api('graph'), parts()).catch((reason) => reason)
  const after = await open()
  expect(takeStep(after, stored!, world.now)).toBeDefined()
  expect(takeStep(after, error.details.step, world.now)).toBeDefined()
})

test('a step-up is used once, whatever else writes the row meanwhile (D-08)', async () => {
  const id = (await storeStep(await open(), { upstream: 'graph', reason: 'claims' }, parts()))!
  const session = await open()
  await touch(session, {
    sessions: world.stores.sessions,
    sessionIdleSeconds: 3600,
    now: world.now + 600_000,
  })
  expect(await useStep(session, id, parts())).toMatchObject({ upstream: 'graph' })
  expect(await useStep(await open(), id, parts())).toBeUndefined()
})

test('a step-up whose last use lost its answer is used all the same (K-08)', async () => {
  const id = (await storeStep(await open(), { upstream: 'graph', reason: 'claims' }, parts()))!
  world.stores.loseAnswer('sessions.update')
  expect(await useStep(await open(), id, parts())).toMatchObject({ upstream: 'graph' })
  expect(await useStep(await open(), id, parts())).toBeUndefined()
})

test('a refreshed ID token changes what is shown of the user, never who it is (C-15)', async () => {
  answer = () => ({
    ...(refreshed() as RenewalOutcome & { kind: 'refreshed' }),
    claims: { sub: 'other', tid: 'tenant', name: 'Ada Lovelace' },
  })
  const session = await open()
  await renew(session, forced(session), parts())
  expect((await open()).content.user).toMatchObject({ id: 'ada', name: 'Ada Lovelace' })
})

const doubtful = { kind: 'doubtful', idp: { idpErrorCodes: [999] } } as const

test('a grant that is refused for one API is proven for the sign-in, and the session goes on', async () => {
  const session = await open()
  answer = ({ forApi }) => (forApi === true ? doubtful : refreshed())
  await expect(renew(session, api('graph'), parts())).rejects.toMatchObject({
    code: 'access_denied',
  })
  expect(requests.map(({ scopes }) => scopes)).toEqual([['api://graph/.default'], ['openid']])
  const after = await open()
  // The proof rotated the refresh token.
  expect(refreshTokenOf(after)).toBe('refresh-3')
  expect(after.row).toMatchObject({ leaseId: '', generation: 2 })
  await expect(renew(after, api('graph'), parts())).rejects.toMatchObject({ code: 'access_denied' })
  expect(requests).toHaveLength(2)
})

test('a grant that is dead for the sign-in too ends the session', async () => {
  world.now += 61_000
  const session = await open()
  answer = ({ forApi }) =>
    forApi === true ? doubtful : { kind: 'ended', reason: 'invalid_grant', idp: {} }
  await expect(renew(session, api('graph'), parts())).rejects.toMatchObject({
    code: 'session_expired',
  })
  expect(world.stores.tables.sessions.size).toBe(0)
})

test('a grant that cannot be proven now says nothing of the session', async () => {
  const session = await open()
  answer = ({ forApi }) =>
    forApi === true ? doubtful : { kind: 'failed', code: 'identity_provider_unavailable' }
  await expect(renew(session, api('graph'), parts())).rejects.toMatchObject({
    code: 'identity_provider_unavailable',
  })
  expect(await open()).toBeDefined()
})
