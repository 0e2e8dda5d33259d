import { hkdfSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSealer } from '../../src/keys/sealing.ts'
import { createSessionKey, equalText, randomText } from '../../src/keys/session-key.ts'

const key = createSessionKey(randomBytes(32))
const at = { shard: '00', bucket: '500000', hash: randomText(32) }
const row = { key, secret: randomText(32), salt: randomText(16), at }

test('what was sealed opens, and equal texts look different (J-04)', () => {
  const sealer = createSealer(row)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const sealed = sealer.seal('content', text)
      expect(sealer.open('content', sealed)).toBe(text)
      expect(sealer.seal('content', text)).not.toBe(sealed)
    }),
  )
})

test.each([
  ['another column', { purpose: 'refresh' }],
  ['another row', { at: { ...at, hash: randomText(32) } }],
  ['another partition', { at: { ...at, bucket: '500001' } }],
  ['another cookie', { secret: randomText(32) }],
  ['another salt', { salt: randomText(16) }],
  ['another session key', { key: createSessionKey(randomBytes(32)) }],
])('a text moved to %s does not open (J-04, E-12)', (_, change) => {
  const { purpose = 'content', ...rest } = change as { purpose?: string }
  const sealed = createSealer(row).seal('content', 'secret')
  expect(createSealer({ ...row, ...rest }).open(purpose, sealed)).toBeUndefined()
})

test('keys are derived by HKDF-SHA-256 over session key and secret (RFC 5869)', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 64 })
  const salt = fc.uint8Array({ maxLength: 80 })
  const length = fc.integer({ min: 1, max: 100 })
  fc.assert(
    fc.property(
      bytes,
      fc.string(),
      salt,
      fc.string(),
      length,
      (keyBytes, secret, salt, info, n) => {
        const derived = createSessionKey(Buffer.from(keyBytes)).derive(
          secret,
          Buffer.from(salt),
          info,
          n,
        )
        const input = Buffer.concat([keyBytes, Buffer.from(secret)])
        expect(derived).toEqual(Buffer.from(hkdfSync('sha256', input, salt, info, n)))
      },
    ),
  )
})

test('one flipped bit anywhere, or a cut, does not open and does not throw (E-12)', () => {
  const sealer = createSealer(row)
  const bytes = Buffer.from(sealer.seal('content', 'secret'), 'base64url')
  for (let index = 0; index < bytes.length; index++) {
    const flipped = Buffer.from(bytes)
    flipped[index]! ^= 1
    expect(sealer.open('content', flipped.toString('base64url'))).toBeUndefined()
    expect(sealer.open('content', bytes.subarray(0, index).toString('base64url'))).toBeUndefined()
  }
})

test('each use of the session key has a key of its own', () => {
  const hashes = (
    ['state mac', 'login row', 'binding', 'session row', 'sid index', 'user index'] as const
  ).map((use) => key.hash(use, 'same'))
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(key.id).toMatch(/^[0-9a-f]{8}$/)
})

test('texts are equal only to themselves (J-07)', () => {
  expect(equalText('abc', 'abc')).toBe(true)
  for (const other of ['abd', 'ab', 'abcd', '']) expect(equalText('abc', other)).toBe(false)
})
