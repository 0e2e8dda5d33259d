import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  diagnosticsOf,
  errorOfAuthorization,
  errorOfTokenResponse,
} from '../../../src/oauth/errors/provider-error.ts'

const traceId = '5cbb1c16-cd5c-4a58-8e2d-000000000001'
const correlationId = '5cbb1c16-cd5c-4a58-8e2d-000000000002'
const nothing = {
  state: undefined,
  code: undefined,
  error: undefined,
  errorSubcode: undefined,
  errorDescription: undefined,
  iss: undefined,
}

test('M-05 the numbers and ids in an error description are kept, its words are not', () => {
  const error = errorOfAuthorization({
    ...nothing,
    error: 'access_denied',
    errorSubcode: 'cancel',
    errorDescription: `AADSTS65004: User declined. Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: 2026`,
  })
  expect(diagnosticsOf(error)).toEqual({
    idpError: 'access_denied',
    idpErrorCodes: [65004],
    idpTraceId: traceId,
    idpCorrelationId: correlationId,
  })
})

test('a number in error_codes and in the description counts once', () => {
  const error = errorOfTokenResponse({
    error: 'invalid_grant',
    error_codes: [70008],
    error_description: 'AADSTS70008: The code has expired. AADB2C90080: x',
  })
  expect(error?.codes).toEqual(['70008', 'B2C90080'])
})

const claims: [string, unknown, string | undefined][] = [
  ['a challenge as text', '{"access_token": {"a": 1}}', '{"access_token":{"a":1}}'],
  ['a challenge as an object', { access_token: {} }, '{"access_token":{}}'],
  ['text that is no JSON', 'x', ''],
  ['an array', '[]', ''],
  ['a number', 7, ''],
  ['more than 8 KB', JSON.stringify({ a: 'x'.repeat(9000) }), ''],
  ['null', null, undefined],
  ['an empty text', '', undefined],
]

test.each(claims)('claims of an error: %s', (_name, value, expected) => {
  expect(errorOfTokenResponse({ error: 'invalid_grant', claims: value })?.claims).toBe(expected)
})

test('a body without a usable error is no error', () => {
  for (const error of [undefined, null, '', 7, {}, ['invalid_grant']])
    expect(errorOfTokenResponse({ error })).toBeUndefined()
})

test('A-17 B-13 whatever an error says, its diagnostics are names, numbers and GUIDs', () => {
  const anything = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.jsonValue())
  const body = fc.record({
    error: fc.string({ minLength: 1 }),
    suberror: anything,
    claims: anything,
    error_codes: fc.oneof(anything, fc.array(fc.oneof(fc.double(), anything))),
    error_description: fc.oneof(anything, fc.stringMatching(/^AADSTS\d{1,30}: .*$/)),
    trace_id: anything,
    correlation_id: anything,
  })
  fc.assert(
    fc.property(body, (value) => {
      const error = errorOfTokenResponse(value)
      const found = diagnosticsOf(error ?? { error: '', codes: [] })
      expect(JSON.stringify(found).length).toBeLessThan(500)
      for (const entry of Object.values(found).flat())
        if (typeof entry === 'number') expect(Number.isSafeInteger(entry)).toBe(true)
        else expect(entry).toMatch(/^[A-Za-z0-9_.-]{1,64}$/)
    }),
  )
})
