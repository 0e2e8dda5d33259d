import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BffError } from '../../../src/base/errors.ts'
import {
  authorizationCodeOf,
  checkIssuer,
  readAuthorizationResponse,
} from '../../../src/oauth/authorization/authorization-response.ts'
import { otherTenantId, tenantId } from '../test-provider.ts'

const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
const template = 'https://login.microsoftonline.com/{tenantid}/v2.0'

function failureOf(action: () => unknown): [string, string | undefined] {
  try {
    action()
  } catch (error) {
    if (error instanceof BffError) return [error.code, error.details.loginFailure]
    throw error
  }
  return ['none', undefined]
}

const read = (query: string) => readAuthorizationResponse(new URLSearchParams(query))

test('B-14 unknown parameters are ignored', () => {
  expect(read('code=c&state=s&session_state=x&client_info=y&foo=1&foo=2')).toEqual({
    code: 'c',
    state: 's',
    error: undefined,
    errorSubcode: undefined,
    errorDescription: undefined,
    iss: undefined,
  })
})

const refused: [string, string, string][] = [
  ['code=a&code=b&state=s', 'login_failed', 'parameter_duplicated'],
  ['code=a&code=a&state=s', 'login_failed', 'parameter_duplicated'],
  ['code=a&state=s&state=t', 'login_not_started', 'parameter_duplicated'],
  ['code=&code=b&state=s', 'login_failed', 'parameter_duplicated'],
  ['error=a&error=b&state=s', 'login_failed', 'parameter_duplicated'],
  ['code=a&state=s&iss=a&iss=b', 'login_failed', 'parameter_duplicated'],
  ['code=a&error=access_denied&state=s', 'login_failed', 'parameter_conflict'],
  [`state=${'s'.repeat(257)}&code=a`, 'login_not_started', 'parameter_too_long'],
  [`state=s&code=${'c'.repeat(4097)}`, 'login_failed', 'parameter_too_long'],
  [`state=s&error=${'e'.repeat(257)}`, 'login_failed', 'parameter_too_long'],
]

test.each(refused)('B-07 B-09 %s is refused', (query, code, reason) => {
  expect(failureOf(() => read(query))).toEqual([code, reason])
})

test('a code of 4 KB and a state of 256 characters are read', () => {
  const response = read(`code=${'c'.repeat(4096)}&state=${'s'.repeat(256)}`)
  expect(response.code).toHaveLength(4096)
  expect(response.state).toHaveLength(256)
})

test('L-03 whatever the parameters are, they are read or refused with a reason', () => {
  const name = fc.oneof(
    fc.constantFrom('code', 'state', 'error', 'iss', 'error_subcode', 'error_description'),
    fc.constantFrom('__proto__', 'constructor', ''),
    fc.string({ unit: 'binary' }),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string({ unit: 'binary' }))), (pairs) => {
      const parameters = new URLSearchParams(pairs)
      const [code] = failureOf(() => readAuthorizationResponse(parameters))
      expect(['none', 'login_failed', 'login_not_started']).toContain(code)
      const doubled = ['code', 'state', 'error', 'iss'].some(
        (key) => parameters.getAll(key).length > 1,
      )
      if (doubled) expect(code).not.toBe('none')
    }),
  )
})

const issuers: [string, string | undefined, string, boolean, boolean][] = [
  ['the issuer', issuer, issuer, true, true],
  ['the issuer, though not announced', issuer, issuer, false, true],
  ['another issuer', 'https://attacker.test', issuer, false, false],
  ['a trailing slash', `${issuer}/`, issuer, false, false],
  ['none, though announced', undefined, issuer, true, false],
  ['none, not announced', undefined, issuer, false, true],
  ['a tenant of the template', issuer, template, false, true],
  ['another tenant of the template', issuer.replace(tenantId, otherTenantId), template, true, true],
  ['the template itself', template, template, false, false],
  ['no GUID in the template', 'https://login.microsoftonline.com/x/v2.0', template, false, false],
  ['another host with a GUID', `https://attacker.test/${tenantId}/v2.0`, template, false, false],
]

test.each(issuers)(
  'B-08 (fapi authorization-response-iss) iss: %s',
  (_name, iss, published, sendsIssuer, accepted) => {
    const failure = failureOf(() => checkIssuer(iss, { issuer: published, sendsIssuer }))
    expect(failure).toEqual(accepted ? ['none', undefined] : ['login_failed', 'issuer_mismatch'])
  },
)

const metadata = async () => ({ issuer, sendsIssuer: false })
const response = read('state=s')

test('the code of a response is returned', async () => {
  expect(await authorizationCodeOf({ ...response, code: 'c' }, metadata)).toBe('c')
})

test('a response with neither code nor error is login_failed', async () => {
  await expect(authorizationCodeOf(response, metadata)).rejects.toMatchObject({
    code: 'login_failed',
    details: { loginFailure: 'code_missing' },
  })
})

test('B-06 B-13 an error becomes its code, without discovery and without its text', async () => {
  const failing = { ...response, error: 'access_denied', errorDescription: '<img src=x>' }
  const thrown: unknown = await authorizationCodeOf(failing, async () => {
    throw new Error('nobody asked for discovery')
  }).catch((error: unknown) => error)
  expect(thrown).toMatchObject({
    code: 'access_denied',
    details: { idp: { idpError: 'access_denied' } },
  })
  expect(JSON.stringify(thrown)).not.toContain('img')
})

test('B-08 an error of another issuer is not believed', async () => {
  const failing = { ...response, error: 'access_denied', iss: 'https://attacker.test' }
  await expect(authorizationCodeOf(failing, metadata)).rejects.toMatchObject({
    code: 'login_failed',
    details: { loginFailure: 'issuer_mismatch' },
  })
})
