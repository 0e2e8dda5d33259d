import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bindingCookie,
  expiredSessionCookie,
  readCookie,
  readBindingCookie,
  sessionCookie,
} from '../../src/http/cookies.ts'

const policy = {
  loopbackPort: undefined,
  sessionSameSite: 'Strict',
  responseMode: 'query',
} as const

test('cookies have every attribute that the prefix demands (E-01, E-02)', () => {
  expect(sessionCookie(policy, 'v', 60)).toEqual({
    name: '__Host-Http-session',
    value: 'v',
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'Strict',
    maxAge: 60,
  })
  expect(bindingCookie(policy, 'v', 600)).toEqual({
    name: '__Host-Http-login',
    value: 'v',
    path: '/',
    httpOnly: true,
    secure: true,
    sameSite: 'Lax',
    maxAge: 600,
  })
  expect(bindingCookie({ ...policy, responseMode: 'form_post' }, 'v', 600).sameSite).toBe('None')
})

test('on http loopback they carry the port, for cookies know none, and no Secure', () => {
  expect(sessionCookie({ ...policy, loopbackPort: '7071' }, 'v', 60)).toMatchObject({
    name: 'session-7071',
    secure: false,
  })
})

test('a deletion repeats all attributes with Max-Age 0 (E-04)', () => {
  expect(expiredSessionCookie(policy)).toEqual(sessionCookie(policy, '', 0))
})

test.each([
  ['s=a; s=b', undefined, 'two of the name are ambiguous'],
  ['S=a', undefined, 'names are case-sensitive'],
  ['s=a,s=b', 'a,s=b', 'a comma does not separate'],
  ['x=1,s=evil', undefined, 'a sibling cannot plant a cookie inside another'],
  ['\u00a0s=a', undefined, 'no-break space belongs to the name'],
  ['\ufeffs=a', undefined, 'so does a byte order mark'],
  ['s="a"', '"a"', 'quotes are part of the value'],
  ['$Version=1; s=a', 'a', 'RFC 2965 attributes are just other cookies'],
  [' s = a ', 'a', 'space and tab are trimmed'],
  ['s=a=b==', 'a=b==', 'a value may have equals signs'],
  ['s', undefined, 'a cookie without a value'],
  ['=s', undefined, 'a nameless cookie'],
  ['', undefined, 'an empty header'],
  [null, undefined, 'no header'],
])('reads %j as %j: %s (E-07)', (cookieHeader, expected, _why) => {
  expect(readCookie(cookieHeader, 's')).toBe(expected)
})

test('cookies of other apps, however many, do not hide ours (L-02)', () => {
  const others = Array.from({ length: 4000 }, (_, at) => `other${at}=${'x'.repeat(20)}`)
  expect(readCookie([...others, 's=a', ...others].join('; '), 's')).toBe('a')
})

test('long runs of blanks do not hold up the instance (L-03)', () => {
  const cookieHeader = `a${' '.repeat(16_000)}b=1; s=v`
  const values = Array.from({ length: 200 }, () => readCookie(cookieHeader, 's'))
  expect(new Set(values)).toEqual(new Set(['v']))
})

test('a cookie that was set is read back among any others (E-07)', () => {
  const other = fc
    .tuple(fc.stringMatching(/^[a-rt-z]{1,8}$/), fc.stringMatching(/^[\w.-]{0,20}$/))
    .map(([name, value]) => `${name}=${value}`)
  fc.assert(
    fc.property(
      fc.array(other),
      fc.array(other),
      fc.stringMatching(/^[\w.-]{1,60}$/),
      (a, b, v) => {
        expect(readCookie([...a, `s=${v}`, ...b].join('; '), 's')).toBe(v)
      },
    ),
  )
})

test('reading never throws and never invents a value', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = readCookie(text, 's')
      expect(value === undefined || text.includes(value)).toBe(true)
    }),
  )
})

test('the binding cookie has one shape only (E-09)', () => {
  const read = (value: string) =>
    readBindingCookie(
      new Request('https://x', { headers: { cookie: `__Host-Http-login=${value}` } }),
      policy,
    )
  expect(read('A'.repeat(43))).toBe('A'.repeat(43))
  for (const value of ['A'.repeat(42), 'A'.repeat(44), 'A'.repeat(42) + '=', ''])
    expect(read(value)).toBeUndefined()
})
