import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  absoluteExpiry,
  loginBucket,
  sessionBucket,
  touchInterval,
} from '../../src/stores/expiry.ts'
import { parseState, unsignedState } from '../../src/login/state-handle.ts'
import { formatSessionCookie, proveSessionCookie } from '../../src/session/session-cookie.ts'
import { createSessionKey } from '../../src/keys/session-key.ts'
import { fixedSessionKeys } from '../../src/keys/session-keys.ts'

const base64url = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9_-]{${length}}$`))
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))

const key = createSessionKey(Buffer.alloc(32, 1))
const prove = (text: string) => proveSessionCookie(text, fixedSessionKeys([Buffer.alloc(32, 1)]))

test('a session cookie is 131 characters and reads back (E-03)', async () => {
  const handle = fc.record({
    keyId: fc.constant(key.id),
    shard: hex(2),
    bucket: digits(6),
    id: base64url(22),
    secret: base64url(43),
  })
  await fc.assert(
    fc.asyncProperty(handle, async (session) => {
      const text = formatSessionCookie({ key, handle: session })
      expect(text).toHaveLength(131)
      expect(await prove(text)).toMatchObject({ handle: session })
      expect(parseState(text)).toBeUndefined()
    }),
  )
})

test('a session cookie with one altered character is forged (E-09)', async () => {
  const text = formatSessionCookie({
    key,
    handle: {
      keyId: key.id,
      shard: '0a',
      bucket: '123456',
      id: 'a'.repeat(22),
      secret: 'b'.repeat(43),
    },
  })
  for (let index = 'v1.00000000.'.length; index < text.length; index++) {
    if (text[index] === '.') continue
    const altered = text.slice(0, index) + (text[index] === '1' ? '2' : '1') + text.slice(index + 1)
    expect([index, await prove(altered)]).toEqual([index, 'forged'])
  }
})

test('a state reads back, and is no session cookie (E-09)', async () => {
  const handle = fc.record({
    keyId: hex(8),
    shard: hex(2),
    bucket: digits(7),
    random: base64url(43),
    mac: base64url(43),
  })
  await fc.assert(
    fc.asyncProperty(handle, async (state) => {
      const text = `${unsignedState(state)}.${state.mac}`
      expect(parseState(text)).toEqual(state)
      expect(await prove(text)).toBeUndefined()
      expect(text.length).toBeLessThanOrEqual(256)
    }),
  )
})

test.each([
  '',
  '__proto__',
  "' or 1 eq 1",
  'v1.',
  `v2.${'a'.repeat(84)}`,
  'v1.\n'.repeat(20),
  '日本',
])('reads %j as neither (B-02, L-03)', async (text) => {
  expect(parseState(text)).toBeUndefined()
  expect(await prove(text)).toBeUndefined()
})

test('a bucket never ends before what is in it, and buckets sort by time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_700_000_000, max: 2_500_000_000 }), (expiresAt) => {
      expect(Number(loginBucket(expiresAt)) * 300).toBeGreaterThanOrEqual(expiresAt)
      expect(Number(loginBucket(expiresAt)) * 300 - expiresAt).toBeLessThan(300)
      expect(loginBucket(expiresAt)).toHaveLength(7)
      expect(Number(sessionBucket(expiresAt)) * 3600).toBeGreaterThanOrEqual(expiresAt)
      expect(sessionBucket(expiresAt)).toHaveLength(6)
    }),
  )
})

test('the absolute end follows from the bucket alone, and is at most 5 minutes late', () => {
  const times = { loginTtlSeconds: 600, sessionAbsoluteSeconds: 43_200 }
  const now = 1_800_000_123
  const end = absoluteExpiry(loginBucket(now + 600), times)
  expect(end - now).toBeGreaterThanOrEqual(43_200)
  expect(end - now).toBeLessThan(43_500)
})

test.each([
  [3600, 300],
  [86_400, 300],
  [600, 50],
  [60, 5],
])('with an idle time of %i s it is written at most every %i s', (idle, interval) => {
  expect(touchInterval(idle)).toBe(interval)
})
