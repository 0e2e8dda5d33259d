import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { BffError } from '../../src/base/errors.ts'
import { openUserAgent } from '../../src/session/index-rows.ts'
import { createSessionKey } from '../../src/keys/session-key.ts'
import { sessionEnd, type SessionStart, buildSessionRows } from '../../src/session/build-rows.ts'

const now = 1_800_000_000
const absolute = now + 43_200
const times = { loginTtlSeconds: 600, sessionAbsoluteSeconds: 43_200, sessionIdleSeconds: 3600 }
const user = {
  id: 'id-of-the-user',
  tenantId: 'contoso',
  name: 'Ada Admin',
  username: null,
  email: null,
  roles: [],
  claims: {},
}
const key = createSessionKey(randomBytes(32))

let start: SessionStart
beforeEach(() => {
  const at = { shard: '00', bucket: '500012', hash: 'row' }
  const handle = { keyId: key.id, shard: '00', bucket: '500012', id: 'id', secret: 'secret' }
  start = {
    derived: { key, handle, at, absoluteExpiresAt: absolute },
    content: {
      user,
      issuer: 'https://login.example/contoso',
      subject: 'subject',
      nonce: 'nonce',
      loginHint: undefined,
      returnTo: 'https://app.example/',
      upstreamClaims: {},
    },
    sid: 'sid-of-the-sign-in',
    tokens: { expiresIn: 3600, refreshToken: 'the-refresh-token' },
    userAgent: 'Test/1.0 (the agent)',
    now: now * 1000,
  }
})

describe('E-08 a session ends', () => {
  test('with its access token where there is no refresh token', () => {
    expect(sessionEnd(absolute, now, { expiresIn: 3600 })).toBe(now + 3600)
    expect(sessionEnd(absolute, now, { expiresIn: 100_000 })).toBe(absolute)
  })

  test('with its refresh token where that ends first', () => {
    const tokens = { expiresIn: 3600, refreshToken: 'refresh' }
    expect(sessionEnd(absolute, now, tokens)).toBe(absolute)
    expect(sessionEnd(absolute, now, { ...tokens, refreshTokenExpiresIn: 7200 })).toBe(now + 7200)
    expect(sessionEnd(absolute, now, { ...tokens, refreshTokenExpiresIn: 86_400 })).toBe(absolute)
  })
})

test('the idle time never outlives the session', () => {
  const { row } = buildSessionRows({ ...start, tokens: { expiresIn: 60 } }, times)
  expect(row).toMatchObject({ expiresAt: now + 60, idleExpiresAt: now + 60 })
})

test('E-14 the rows name user and sid by keyed hashes alone', () => {
  const { row, index } = buildSessionRows(start, times)
  expect(index.map(({ hash }) => hash)).toEqual([row.userHash, row.sidHash])
  expect(index.map(({ expiresAt }) => expiresAt)).toEqual([absolute, absolute])
  expect(JSON.stringify([row, index])).not.toMatch(/id-of-|Ada Admin|the agent|the-refresh-token/)
})

test('without a sid there is no row for it', () => {
  const { row, index } = buildSessionRows({ ...start, sid: undefined }, times)
  expect(row.sidHash).toBe('')
  expect(index).toHaveLength(1)
})

test('the user agent is shortened, and opens for its user alone', () => {
  const { index } = buildSessionRows({ ...start, userAgent: 'a'.repeat(1000) }, times)
  expect(openUserAgent(key, index[0]!, user)).toBe('a'.repeat(256))
  expect(openUserAgent(key, index[0]!, { ...user, id: 'rita' })).toBe('')
  expect(openUserAgent(key, { ...index[0]!, sealed: 'altered' }, user)).toBe('')
})

test('a session that is too large for its row is refused', () => {
  const large = { ...start, tokens: { expiresIn: 1, refreshToken: 'r'.repeat(600 * 1024) } }
  let refused: unknown
  try {
    buildSessionRows(large, times)
  } catch (error) {
    refused = error
  }
  expect((refused as BffError).details.loginFailure).toBe('session_too_large')
})
