import { createHash, createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, compactVerify, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import { readIdToken } from '../../../src/oauth/id-token/id-token-text.ts'
import { createSigningKey } from '../../../src/oauth/id-token/signing-key.ts'
import {
  createKey,
  firstKey,
  goodClaims,
  otherTenantId,
  redemption,
  relyingParty,
  signIdToken,
  startProvider,
  tenantId,
  type TestProvider,
} from '../test-provider.ts'

const secondKey = createKey('second')
let provider: TestProvider

beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.stop())
beforeEach(() => {
  provider.reset()
})

const bytes = (text: string) => new TextEncoder().encode(text)
const claims = () => goodClaims(provider.issuer)

async function outcome(idToken: string, party = relyingParty(provider)): Promise<string> {
  provider.tokens = { id_token: idToken }
  try {
    await party.redeemCode(redemption)
    return 'signed in'
  } catch (error) {
    if (!(error instanceof BffError)) throw error
    return error.details.loginFailure ?? error.code
  }
}

function hmac(idToken: string, key: string | Buffer): string {
  const payload = idToken.split('.')[1] ?? ''
  const header = Buffer.from('{"alg":"HS256","kid":"first"}').toString('base64url')
  const signature = createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url')
  return `${header}.${payload}.${signature}`
}

function signedText(header: object, payload: string, key: KeyObject = firstKey.privateKey) {
  return new CompactSign(bytes(payload))
    .setProtectedHeader({ alg: 'RS256', kid: 'first', ...header })
    .sign(key)
}

const hostile: [string, string, () => Promise<string> | string][] = [
  [
    'C-01 (oidcc-client-test-invalid-sig-rs256) with a changed signature',
    'signature_invalid',
    async () => {
      const [header, payload, signature = ''] = (await signIdToken(claims())).split('.')
      const flipped = Buffer.from(signature, 'base64url')
      flipped[10] = (flipped[10] ?? 0) ^ 1
      return `${header}.${payload}.${flipped.toString('base64url')}`
    },
  ],
  [
    'C-01 with a changed payload',
    'signature_invalid',
    async () => {
      const [header, , signature] = (await signIdToken(claims())).split('.')
      const payload = Buffer.from(JSON.stringify({ ...claims(), sub: 'admin' }))
      return `${header}.${payload.toString('base64url')}.${signature}`
    },
  ],
  [
    'C-01 signed by a stranger under a known kid',
    'signature_invalid',
    () => signIdToken(claims(), createKey('first')),
  ],
  [
    'C-02 (oidcc-client-test-idtoken-sig-none) with alg none',
    'id_token_invalid',
    () => new UnsecuredJWT(claims()).encode(),
  ],
  [
    'C-02 with alg none and a signature',
    'id_token_invalid',
    () => `${new UnsecuredJWT(claims()).encode()}AAAA`,
  ],
  [
    'C-02 with alg None',
    'id_token_invalid',
    async () => {
      const payload = (await signIdToken(claims())).split('.')[1]
      return `${Buffer.from('{"alg":"None"}').toString('base64url')}.${payload}.AAAA`
    },
  ],
  [
    'C-02 without alg',
    'id_token_invalid',
    async () => {
      const payload = (await signIdToken(claims())).split('.')[1]
      return `${Buffer.from('{"kid":"first"}').toString('base64url')}.${payload}.AAAA`
    },
  ],
  [
    'C-02 (oidcc-client-test-invalid-sig-hs256) with HS256 keyed by the public key',
    'id_token_invalid',
    async () => hmac(await signIdToken(claims()), JSON.stringify(firstKey.jwk)),
  ],
  [
    'C-02 with HS256 keyed by the client secret',
    'id_token_invalid',
    async () => hmac(await signIdToken(claims()), 'plain-secret'),
  ],
  [
    'C-02 (oidcc-client-test-invalid-sig-es256) with ES256',
    'id_token_invalid',
    () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'ES256', kid: 'first' })
        .sign(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
  ],
  [
    'C-02 with PS256 of the right key',
    'id_token_invalid',
    () =>
      new SignJWT(claims())
        .setProtectedHeader({ alg: 'PS256', kid: 'first' })
        .sign(firstKey.privateKey),
  ],
  [
    'C-03 with an unknown crit',
    'id_token_invalid',
    async () => {
      const payload = (await signIdToken(claims())).split('.')[1]
      const header = Buffer.from('{"alg":"RS256","kid":"first","crit":["x"],"x":1}')
      return `${header.toString('base64url')}.${payload}.AAAA`
    },
  ],
  ['C-03 encrypted', 'id_token_invalid', () => 'a.b.c.d.e'],
  [
    'C-03 compressed',
    'id_token_invalid',
    () => signedText({ zip: 'DEF' }, JSON.stringify(claims())),
  ],
  [
    'C-14 with a member twice',
    'id_token_invalid',
    () => signedText({}, JSON.stringify(claims()).replace('{', '{"aud":"other",')),
  ],
  ['C-14 with an array as payload', 'id_token_invalid', () => signedText({}, '[]')],
  ['C-14 with text as payload', 'id_token_invalid', () => signedText({}, 'nobody')],
  [
    'C-14 with a header that is no JSON',
    'id_token_invalid',
    async () => `bm90IGpzb24.${(await signIdToken(claims())).split('.')[1]}.AAAA`,
  ],
  [
    'C-14 larger than 64 KB',
    'id_token_invalid',
    () => signIdToken({ ...claims(), padding: 'x'.repeat(64 * 1024) }),
  ],
]

test.each(hostile)('an ID token %s is refused as %s', async (_name, reason, create) => {
  expect(await outcome(await create())).toBe(reason)
})

test('C-01 (oidcc-client-test-idtoken-sig-rs256) a token signed with RS256 is accepted', async () => {
  expect(await outcome(await signIdToken(claims()))).toBe('signed in')
})

test('C-03 keys that a token brings along are ignored and not fetched', async () => {
  const stranger = createKey('stranger')
  const header = {
    jwk: stranger.jwk,
    jku: `${provider.origin}/stranger-keys`,
    x5u: `${provider.origin}/stranger-certificate`,
    x5c: ['AAAA'],
  }
  const token = await signIdToken(claims(), stranger, header)
  expect(await outcome(token)).toBe('signing_key_unknown')
  expect(provider.count('/stranger-keys')).toBe(0)
  expect(provider.count('/stranger-certificate')).toBe(0)
  expect(await outcome(await signIdToken(claims(), firstKey, header))).toBe('signed in')
})

test('C-04 (oidcc-client-test-signing-key-rotation) a new key is found with one refetch', async () => {
  const party = relyingParty(provider)
  expect(await outcome(await signIdToken(claims()), party)).toBe('signed in')
  provider.keys = [firstKey, secondKey]
  expect(await outcome(await signIdToken(claims(), secondKey), party)).toBe('signed in')
  expect(provider.count('/keys')).toBe(2)
  expect(await outcome(await signIdToken(claims(), secondKey), party)).toBe('signed in')
  expect(provider.count('/keys')).toBe(2)
})

test('C-04 (oidcc-client-test-signing-key-rotation-just-before-signing) the old key may be gone', async () => {
  const party = relyingParty(provider)
  expect(await outcome(await signIdToken(claims()), party)).toBe('signed in')
  provider.keys = [secondKey]
  expect(await outcome(await signIdToken(claims(), secondKey), party)).toBe('signed in')
})

test('C-04 unknown keys cause one refetch in 30 s, and another one after that', async () => {
  let now = Date.now()
  const party = relyingParty(provider, { now: () => now })
  const unknown = createKey('unknown')
  for (let count = 0; count < 5; count += 1)
    expect(await outcome(await signIdToken(claims(), unknown), party)).toBe('signing_key_unknown')
  expect(provider.count('/keys')).toBe(2)
  now += 31_000
  provider.keys = [unknown]
  expect(await outcome(await signIdToken(goodClaims(provider.issuer, now), unknown), party)).toBe(
    'signed in',
  )
  expect(provider.count('/keys')).toBe(3)
})

test('C-04 parallel sign-ins with a new key share its refetch', async () => {
  const party = relyingParty(provider)
  expect(await outcome(await signIdToken(claims()), party)).toBe('signed in')
  provider.keys = [secondKey]
  const token = await signIdToken(claims(), secondKey)
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcome(token, party)))
  expect(new Set(outcomes)).toEqual(new Set(['signed in']))
  expect(provider.count('/keys')).toBe(2)
})

test('C-05 (oidcc-client-test-kid-absent-single-jwks) the only key is tried without a kid', async () => {
  const token = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'RS256' })
    .sign(firstKey.privateKey)
  expect(await outcome(token)).toBe('signed in')
})

test('C-05 (oidcc-client-test-kid-absent-multiple-jwks) of several keys none is without a kid', async () => {
  provider.keys = [secondKey, firstKey]
  const token = await new SignJWT(claims())
    .setProtectedHeader({ alg: 'RS256' })
    .sign(firstKey.privateKey)
  expect(await outcome(token)).toBe('signing_key_unknown')
})

const keyIssuers: [string, (issuer: string) => unknown, string][] = [
  ['the issuer itself', (issuer) => issuer, 'signed in'],
  ['its template', (issuer) => issuer.replace(tenantId, '{tenantid}'), 'signed in'],
  ['another tenant', (issuer) => issuer.replace(tenantId, otherTenantId), 'key_issuer_mismatch'],
  ['something else', () => ['x'], 'key_issuer_mismatch'],
  ['no URL', () => 'x', 'key_issuer_mismatch'],
]

test.each(keyIssuers)('C-08 a key whose issuer is %s', async (_name, issuerOf, expected) => {
  const key = createKey('tied', { issuer: issuerOf(provider.issuer) })
  provider.keys = [firstKey, key]
  expect(await outcome(await signIdToken(claims(), key))).toBe(expected)
})

test('a key of 1,024 bits signs nothing', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'short' }
  provider.keys = [{ privateKey, jwk }]
  const { createSign } = await import('node:crypto')
  const head = Buffer.from('{"alg":"RS256","kid":"short"}').toString('base64url')
  const body = Buffer.from(JSON.stringify(claims())).toString('base64url')
  const signature = createSign('sha256').update(`${head}.${body}`).sign(privateKey, 'base64url')
  expect(await outcome(`${head}.${body}.${signature}`)).toBe('signature_invalid')
})

const unfit: [string, Record<string, unknown>, string][] = [
  ['for encryption', { use: 'enc' }, 'signing_key_unknown'],
  ['of a use that is no text', { use: ['sig'] }, 'signing_key_unknown'],
  ['for another algorithm', { alg: 'RS512' }, 'signing_key_unknown'],
  ['for PS256', { alg: 'PS256' }, 'signing_key_unknown'],
  ['only for signing', { key_ops: ['sign'] }, 'signing_key_unknown'],
  ['for operations that are no list', { key_ops: 'verify' }, 'signing_key_unknown'],
  ['of another type', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }, 'signing_key_unknown'],
  ['that is symmetric', { kty: 'oct', k: 'AAAA' }, 'signing_key_unknown'],
  ['of no type', { kty: undefined }, 'signing_key_unknown'],
  ['without a modulus', { n: undefined }, 'signature_invalid'],
  ['with a modulus that is no text', { n: 65537 }, 'signature_invalid'],
  ['with a modulus of nothing', { n: '' }, 'signature_invalid'],
  ['without an exponent', { e: undefined }, 'signature_invalid'],
  ['with an exponent of nothing', { e: '' }, 'signature_invalid'],
]

test.each(unfit)('C-01 a key %s signs nothing', async (_name, members, expected) => {
  const jwk = JSON.parse(JSON.stringify({ ...firstKey.jwk, ...members })) as typeof firstKey.jwk
  provider.keys = [{ ...firstKey, jwk }, secondKey]
  expect(await outcome(await signIdToken(claims()))).toBe(expected)
})

test('C-01 with the exponent 1 everybody could sign, so it signs nothing', async () => {
  provider.keys = [{ ...firstKey, jwk: { ...firstKey.jwk, e: 'AQ' } }]
  const [header, payload] = (await signIdToken(claims())).split('.')
  // What a signature is before it is raised to a power (RFC 8017 §9.2).
  const digest = createHash('sha256').update(`${header}.${payload}`).digest()
  const info = Buffer.concat([Buffer.from('3031300d060960864801650304020105000420', 'hex'), digest])
  const padding = Buffer.alloc(256 - 3 - info.length, 0xff)
  const forged = Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info])
  expect(await outcome(`${header}.${payload}.${forged.toString('base64url')}`)).toBe(
    'signature_invalid',
  )
})

test('C-05 two keys of one id sign nothing: which of them is meant nobody knows', async () => {
  provider.keys = [firstKey, createKey('first')]
  expect(await outcome(await signIdToken(claims()))).toBe('signing_key_unknown')
})

test('a key that is told to sign and for what it signs is taken', async () => {
  const key = createKey('told', { alg: 'RS256', key_ops: ['verify'] })
  provider.keys = [key]
  expect(await outcome(await signIdToken(claims(), key))).toBe('signed in')
})

test('C-01 whatever is done to a token, no signature is believed that another library refuses', async () => {
  const good = await signIdToken(claims())
  const key = createSigningKey(firstKey.jwk)
  const verifies = (token: string) => {
    try {
      const { signed, signature } = readIdToken(token)
      return key.verifies(signed, signature)
    } catch {
      return false
    }
  }
  expect(verifies(good)).toBe(true)
  const change = fc.record({ at: fc.nat(good.length - 1), with: fc.string({ maxLength: 3 }) })
  await fc.assert(
    fc.asyncProperty(change, async ({ at, with: text }) => {
      const token = good.slice(0, at) + text + good.slice(at + text.length)
      const other = await compactVerify(token, firstKey.jwk).then(
        () => true,
        () => false,
      )
      expect(!verifies(token) || other).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('L-05 keys are kept for an hour, and for a day while the provider is away', async () => {
  let now = Date.now()
  const party = relyingParty(provider, { now: () => now })
  const signIn = async () => outcome(await signIdToken(goodClaims(provider.issuer, now)), party)
  expect(await signIn()).toBe('signed in')
  now += 59 * 60_000
  expect(await signIn()).toBe('signed in')
  expect(provider.count('/keys')).toBe(1)
  provider.answer = (path, response) => {
    if (path !== '/keys') return false
    response.writeHead(503).end()
    return true
  }
  now += 2 * 60_000
  expect(await signIn()).toBe('signed in')
  expect(provider.count('/keys')).toBe(2)
  now += 23 * 3_600_000
  expect(await signIn()).toBe('dependency_failed')
  provider.answer = undefined
  expect(await signIn()).toBe('signed in')
})

test('keys that cannot be had fail closed as an outage', async () => {
  provider.keys = []
  expect(await outcome(await signIdToken(claims()))).toBe('dependency_failed')
})
