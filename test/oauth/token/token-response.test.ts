import { expect, test } from 'vitest'
import { retryAfterSeconds } from '../../../src/base/retry-after.ts'
import { expiresInOf, readTokenResponse } from '../../../src/oauth/token/token-response.ts'

const lifetimes: [unknown, number][] = [
  [3599, 3599],
  ['3599', 3599],
  [3599.9, 3599],
  [0, 0],
  [-5, 0],
  [1e9, 100_800],
  ['1e9', 100_800],
  [Infinity, 100_800],
  [undefined, 300],
  [null, 300],
  ['', 300],
  ['soon', 300],
  [NaN, 300],
  [{}, 300],
  [true, 300],
  [[60], 300],
]

test.each(lifetimes)('D-10 N-05 expires_in %j counts as %d seconds', (value, seconds) => {
  expect(expiresInOf(value)).toBe(seconds)
})

const refreshLifetimes: [unknown, number | undefined][] = [
  [86_399, 86_399],
  ['86399', 86_399],
  [0, undefined],
  [-1, undefined],
  ['never', undefined],
  [null, undefined],
  [undefined, undefined],
]

test.each(refreshLifetimes)('refresh_token_expires_in %j is %s', async (value, seconds) => {
  const answer = await readTokenResponse(
    Response.json({ access_token: 'a', token_type: 'Bearer', refresh_token_expires_in: value }),
    0,
  )
  expect(answer).toMatchObject({ kind: 'tokens' })
  expect(answer.kind === 'tokens' && answer.tokens.refreshTokenExpiresIn).toBe(seconds)
})

const types: [string, boolean][] = [
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['application/json;charset=UTF-8', true],
  ['Application/JSON; charset="utf-8"', true],
  ['application/json; charset=iso-8859-1', false],
  ['application/problem+json', false],
  ['text/json', false],
]

test.each(types)('D-14 a body of type %s is read: %s', async (type, read) => {
  const body = JSON.stringify({ access_token: 'a', token_type: 'Bearer' })
  const answer = await readTokenResponse(
    new Response(body, { headers: { 'content-type': type } }),
    0,
  )
  expect(answer.kind).toBe(read ? 'tokens' : 'unavailable')
})

test('D-14 bytes that are not UTF-8 are not read', async () => {
  const body = Buffer.from('{"access_token":"\xff","token_type":"Bearer"}', 'latin1')
  const headers = { 'content-type': 'application/json' }
  expect((await readTokenResponse(new Response(body, { headers }), 0)).kind).toBe('unavailable')
})

const waits: [string | null, number][] = [
  ['7', 7],
  ['0', 1],
  ['3600', 120],
  ['99999999999999', 5],
  ['Thu, 01 Jan 1970 00:00:30 GMT', 30],
  ['Wed, 31 Dec 1969 00:00:00 GMT', 1],
  ['soon', 5],
  ['-3', 5],
  ['', 5],
  [null, 5],
]

test.each(waits)('L-06 Retry-After %j is %d seconds', (header, seconds) => {
  expect(retryAfterSeconds(header, 0)).toBe(seconds)
})
