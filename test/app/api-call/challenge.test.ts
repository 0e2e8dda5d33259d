import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseChallenges, readChallenge } from '../../../src/app/api-call/challenge.ts'

const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
const base64 = (text: string) => Buffer.from(text).toString('base64')
const encoded = base64(claims)
/** Has both characters that the two alphabets write differently. */
const tricky = '{"access_token":{"x":{"value":"~~~???>>>"}}}'

describe('a claims challenge is found (G-14)', () => {
  test.each([
    ['alone', `Bearer error="insufficient_claims", claims="${encoded}"`],
    [
      'as Microsoft writes it',
      `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="${encoded}"`,
    ],
    ['claims first', `Bearer claims="${encoded}", error="insufficient_claims"`],
    ['in any case', `BEARER Error="insufficient_claims" , Claims="${encoded}"`],
    ['without quotes', `Bearer error=insufficient_claims, claims=${encoded}`],
    ['without commas', `Bearer realm="x" error="insufficient_claims" claims="${encoded}"`],
    [
      'after another scheme',
      `Basic realm="a, b", Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    [
      'after a token68',
      `Negotiate YII/+abc==, Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    ['before another scheme', `Bearer error="insufficient_claims", claims="${encoded}", NTLM`],
    ['after a plain Bearer', `Bearer, Bearer error="insufficient_claims", claims="${encoded}"`],
    [
      'after one of another kind',
      `Bearer error="invalid_token", Bearer error="insufficient_claims", claims="${encoded}"`,
    ],
    [
      'beside quoted challenges that are none',
      `Bearer realm="Bearer error=\\"invalid\\", claims=\\"x\\"", error="insufficient_claims", claims="${encoded}"`,
    ],
    ['between too many commas', `,, Bearer ,error="insufficient_claims",,claims="${encoded}",`],
  ])('%s', (_name, header) => {
    expect(readChallenge(header)).toEqual({ claims })
  })

  test('in base64 and base64url, with and without padding', () => {
    for (const text of [tricky, `${tricky} `, `${tricky}  `])
      for (const value of [
        base64(text),
        base64(text).replace(/=+$/, ''),
        Buffer.from(text).toString('base64url'),
      ])
        expect(readChallenge(`Bearer error="insufficient_claims", claims="${value}"`)).toEqual({
          claims: tricky,
        })
    expect(base64(tricky)).toMatch(/[+/]/)
  })
})

describe('what cannot be read is no challenge', () => {
  const challenge = (value: string) => `Bearer error="insufficient_claims", claims="${value}"`
  test.each([
    [null],
    [''],
    ['Bearer'],
    ['Bearer error="invalid_token"'],
    ['Bearer error="insufficient_claims"'],
    [challenge('')],
    [challenge('%%%')],
    [challenge('not base64!')],
    [challenge(claims.replaceAll('"', '\\"'))],
    [challenge(base64('not json'))],
    [challenge(base64('[]'))],
    [challenge(base64('null'))],
    [challenge(base64('"access_token"'))],
    [challenge(base64('{"id_token":{}}'))],
    [challenge(base64('{"access_token":null}'))],
    [challenge(base64('{"access_token":[]}'))],
    [challenge(base64('{"access_token":"x"}'))],
    [challenge(base64(JSON.stringify({ access_token: { x: 'y'.repeat(8_000) } })))],
    [`Bearer error="insufficient_claims", claims="${encoded}`],
    [`DPoP error="insufficient_claims", claims="${encoded}"`],
    [`error="insufficient_claims", claims="${encoded}"`],
    [`Bearer realm="error=\\"insufficient_claims\\"", claims="${encoded}"`],
    [`Bearer error="invalid", error="insufficient_claims", claims="${encoded}"`],
    [`Bearer error="insufficient_claims", Basic claims="${encoded}"`],
    ['Bearer error="insufficient_user_authentication"'],
    ['Bearer error="insufficient_user_authentication", max_age="soon", acr_values=""'],
    ['Bearer error="insufficient_user_authentication", max_age="-1"'],
    [`${challenge(encoded)}${' '.repeat(20_000)}`],
  ])('%j', (header) => {
    expect(readChallenge(header)).toBeUndefined()
  })
})

describe('a step-up challenge of RFC 9470 is found', () => {
  const of = (rest: string) =>
    readChallenge(`Bearer error="insufficient_user_authentication", ${rest}`)
  test('one authentication context', () => {
    expect(of('acr_values="c1"')).toEqual({ claims })
  })
  test('several', () => {
    expect(of('acr_values="c1 c2"')).toEqual({
      claims: '{"access_token":{"acrs":{"essential":true,"values":["c1","c2"]}}}',
    })
  })
  test('an age, and both', () => {
    expect(of('max_age="300"')).toEqual({ maxAge: 300 })
    expect(of('max_age=0, acr_values="c1"')).toEqual({ claims, maxAge: 0 })
  })
})

test('what a challenge asks of the ID token or of UserInfo reaches nobody', () => {
  const wide = '{"id_token":{"acr":{"value":"x"}},"userinfo":{"a":null},"access_token":{"b":null}}'
  const header = `Bearer error="insufficient_claims", claims="${base64(wide)}"`
  expect(readChallenge(header)).toEqual({ claims: '{"access_token":{"b":null}}' })
})

test('challenges are told apart, whatever stands in their quoted strings', () => {
  const text = 'Basic realm="a \\"b\\", Digest x=1", Negotiate abc==, Bearer a=1 , b="" ,DPoP'
  const read = parseChallenges(text).map(({ scheme, parameters }) => [scheme, [...parameters]])
  expect(read).toEqual([
    ['basic', [['realm', 'a "b", Digest x=1']]],
    ['negotiate', []],
    [
      'bearer',
      [
        ['a', '1'],
        ['b', ''],
      ],
    ],
    ['dpop', []],
  ])
})

test('no header throws or takes long (L-03)', () => {
  const part = fc.constantFrom('Bearer', ' ', ',', '=', '"', '\\', 'error', 'claims', encoded, 'a')
  const text = fc.array(fc.oneof(part, fc.string()), { maxLength: 40 }).map((all) => all.join(''))
  fc.assert(
    fc.property(text, (header) => {
      readChallenge(header)
    }),
    { numRuns: 1_000 },
  )
  for (const repeated of ['"', '\\"', 'a="', 'a=', 'a ', ', ', 'Bearer '])
    readChallenge(repeated.repeat(16_000 / repeated.length))
})
