import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import {
  checkIdTokenClaims,
  checkIdTokenTimes,
  type ExpectedIdToken,
  type IdTokenClaims,
  withoutMistyped,
} from '../../../src/oauth/id-token/id-token-claims.ts'
import {
  accessToken,
  clientId,
  goodClaims,
  nonce,
  otherTenantId,
  tenantId,
} from '../test-provider.ts'

const now = Date.UTC(2026, 10, 25)
const seconds = now / 1000
const host = 'https://login.microsoftonline.com'
const issuer = `${host}/${tenantId}/v2.0`
const template = `${host}/{tenantid}/v2.0`
const expected: ExpectedIdToken = { issuer, clientId, accessToken, nonce, now }
const good = goodClaims(issuer, now)

function outcome(change: Record<string, unknown>, differently: Partial<ExpectedIdToken> = {}) {
  const claims: Record<string, unknown> = { ...good, ...change }
  try {
    checkIdTokenClaims(claims, { ...expected, ...differently })
    checkIdTokenTimes(claims, { now })
    return 'valid'
  } catch (error) {
    if (!(error instanceof BffError)) throw error
    expect(error.code).toBe('login_failed')
    return error.details.loginFailure
  }
}

test('claims as Entra makes them are valid', () => {
  expect(outcome({})).toBe('valid')
})

const invalid: [string, Record<string, unknown>][] = [
  ['C-06 (oidcc-client-test-invalid-iss) another issuer', { iss: 'https://attacker.test/v2.0' }],
  ['C-06 (fapi missing-iss) no issuer', { iss: undefined }],
  ['C-06 a trailing slash in iss', { iss: `${issuer}/` }],
  ['C-06 another case in iss', { iss: issuer.toUpperCase() }],
  ['C-06 the issuer of v1', { iss: `https://sts.windows.net/${tenantId}/` }],
  ['C-06 an issuer in an array', { iss: [issuer] }],
  ['C-07 another tenant in tid', { tid: otherTenantId }],
  ['C-07 no tid', { tid: undefined }],
  ['C-09 (oidcc-client-test-invalid-aud) another audience', { aud: 'another-client' }],
  ['C-09 (oidcc-client-test-missing-aud) no audience', { aud: undefined }],
  ['C-09 an empty list of audiences', { aud: [] }],
  ['C-09 (fapi invalid-secondary-aud) a second audience', { aud: [clientId, 'another'] }],
  ['C-09 several audiences with our azp', { aud: [clientId, 'another'], azp: clientId }],
  ['C-09 our audience twice', { aud: [clientId, clientId] }],
  ['C-09 another azp', { azp: 'another-client' }],
  ['C-09 an audience that is an object', { aud: { [clientId]: true } }],
  ['C-10 (fapi missing-exp) no exp', { exp: undefined }],
  ['C-10 exp as text', { exp: 'x' }],
  ['C-10 exp as numeric text', { exp: String(seconds + 3600) }],
  ['C-10 exp 1e300', { exp: 1e300 }],
  ['C-10 exp infinite', { exp: Infinity }],
  ['C-10 exp null, as NaN becomes in JSON', { exp: null }],
  ['C-10 exp negative', { exp: -1 }],
  ['C-10 nbf as text', { nbf: 'x' }],
  ['C-10 (oidcc-client-test-missing-iat) no iat', { iat: undefined }],
  ['C-10 (fapi iat-is-week-in-past) iat a week ago', { iat: seconds - 7 * 86_400 }],
  ['C-12 (oidcc-client-test-missing-sub) no sub', { sub: undefined }],
  ['C-12 an empty sub', { sub: '' }],
  ['C-12 a sub of 256 characters', { sub: 's'.repeat(256) }],
  ['C-12 a sub that is not ASCII', { sub: 'sübject' }],
  ['C-12 a sub that is a number', { sub: 7 }],
  ['C-13 (oidcc-client-test-invalid-athash) another at_hash', { at_hash: 'x'.repeat(22) }],
  ['C-13 an at_hash that is no text', { at_hash: null }],
]

test.each(invalid)('%s is refused', (_name, change) => {
  expect(outcome(change)).toBe('claim_invalid')
})

const skewed: [string, Record<string, unknown>, number][] = [
  ['(fapi expired-exp) exp past', { exp: seconds - 60, iat: seconds - 3660 }, -3660],
  ['nbf in the future', { nbf: seconds + 61, iat: seconds + 1 }, 1],
  ['iat in the future', { iat: seconds + 61 }, 61],
]

test.each(skewed)(
  'C-10 %s by more than the skew is a clock that is wrong',
  (_name, change, skew) => {
    expect(outcome(change)).toBe('clock_skew')
    const refused = () => checkIdTokenTimes({ ...good, ...change } as IdTokenClaims, { now })
    expect(refused).toThrow(
      expect.objectContaining({ details: { loginFailure: 'clock_skew', skewSeconds: skew } }),
    )
  },
)

test('C-10 a claim that is wrong is refused as such, whatever the clocks say', () => {
  expect(outcome({ exp: seconds - 60, aud: 'another' })).toBe('claim_invalid')
})

const nonces: [string, unknown][] = [
  ['(oidcc-client-test-nonce-invalid) of another transaction', 'o'.repeat(43)],
  ['(fapi missing-nonce) missing', undefined],
  ['in an array', [nonce]],
  ['cut short', nonce.slice(0, -1)],
  ['with more behind it', `${nonce}n`],
  ['empty', ''],
]

test.each(nonces)('C-11 a nonce %s is refused', (_name, value) => {
  expect(outcome({ nonce: value })).toBe('nonce_mismatch')
})

const valid: [string, Record<string, unknown>][] = [
  ['C-09 (fapi valid-aud-as-array) one audience in an array', { aud: [clientId] }],
  ['C-09 our azp', { azp: clientId }],
  ['C-10 exp past by less than the skew', { exp: seconds - 59 }],
  ['C-10 nbf ahead by less than the skew', { nbf: seconds + 59 }],
  ['C-10 no nbf', { nbf: undefined }],
  ['C-10 times with fractions', { exp: seconds + 0.5, iat: seconds - 0.5 }],
  ['C-12 a sub of 255 characters', { sub: 's'.repeat(255) }],
  ['C-13 (fapi missing-athash) no at_hash', { at_hash: undefined }],
  ['C-13 the right at_hash', { at_hash: accessTokenHash() }],
  [
    'C-18 a groups overage',
    { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint: 'https://a.test' } } },
  ],
  [
    'C-18 (oidcc-client-test-aggregated-claims) aggregated claims',
    { _claim_sources: { a: { JWT: 'x' } } },
  ],
]

test.each(valid)('%s is accepted', (_name, change) => {
  expect(outcome(change)).toBe('valid')
})

function accessTokenHash(): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}

const multiTenant: [string, Record<string, unknown>, string][] = [
  ['the tenant of its issuer', { iss: issuer }, 'valid'],
  [
    'another allowed tenant',
    { iss: issuer.replace(tenantId, otherTenantId), tid: otherTenantId },
    'valid',
  ],
  ['issuer and tid of two tenants', { iss: issuer, tid: otherTenantId }, 'claim_invalid'],
  ['"common" as tid', { iss: `${host}/common/v2.0`, tid: 'common' }, 'claim_invalid'],
  ['a tid that is no GUID', { iss: `${host}/x/v2.0`, tid: 'x' }, 'claim_invalid'],
  ['a tid in an array', { iss: issuer, tid: [tenantId] }, 'claim_invalid'],
  ['no tid', { iss: issuer, tid: undefined }, 'claim_invalid'],
  ['the template itself as iss', { iss: template, tid: '{tenantid}' }, 'claim_invalid'],
  ['a host that only begins alike', { iss: `${host}.evil/${tenantId}/v2.0` }, 'claim_invalid'],
]

test.each(multiTenant)('C-07 with a multi-tenant issuer: %s', (_name, change, result) => {
  expect(outcome(change, { issuer: template })).toBe(result)
})

const stepUps: [string, Record<string, unknown>, Partial<ExpectedIdToken>, string][] = [
  ['a sign-in just now', { auth_time: seconds }, { maxAge: 0 }, 'valid'],
  ['a sign-in within the skew', { auth_time: seconds - 59 }, { maxAge: 0 }, 'valid'],
  ['a stale sign-in', { auth_time: seconds - 3600 }, { maxAge: 0 }, 'claim_invalid'],
  ['no auth_time', {}, { maxAge: 0 }, 'claim_invalid'],
  ['auth_time as text', { auth_time: String(seconds) }, { maxAge: 0 }, 'claim_invalid'],
]

test.each(stepUps)('C-16 a step-up is checked: %s', (_name, change, asked, result) => {
  expect(outcome(change, asked)).toBe(result)
})

test('a refreshed ID token may leave the nonce out', () => {
  expect(outcome({ nonce: undefined }, { nonce: undefined })).toBe('valid')
})

test('L-03 optional claims of another type are left out, whatever their names', () => {
  const claims: Record<string, unknown> = {
    ...good,
    name: 7,
    email: 'ada@contoso.test',
    sid: { a: 1 },
    login_hint: ['x'],
    roles: 'Admin',
    acrs: ['c1'],
    auth_time: 'x',
    other: { kept: true },
    constructor: 'kept',
  }
  checkIdTokenClaims(claims, expected)
  expect(withoutMistyped(claims)).toEqual({
    ...good,
    email: 'ada@contoso.test',
    acrs: ['c1'],
    other: { kept: true },
    constructor: 'kept',
  })
})
