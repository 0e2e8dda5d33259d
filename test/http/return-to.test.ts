import fc from 'fast-check'
import { expect, test } from 'vitest'
import { resolveReturnTo, storedReturnTo, withParameter } from '../../src/http/return-to.ts'

const policy = {
  origins: ['https://app.example.com', 'https://spa.example.com'],
  authPath: 'auth',
  defaultReturnTo: new URL('https://app.example.com/home'),
}

test.each([
  ['/', 'https://app.example.com/'],
  ['/a?x=1#f', 'https://app.example.com/a?x=1#f'],
  ['https://app.example.com/a', 'https://app.example.com/a'],
  ['https://spa.example.com/a', 'https://spa.example.com/a'],
  ['/日本?q=é#x', 'https://app.example.com/%E6%97%A5%E6%9C%AC?q=%C3%A9#x'],
  ['/auth/session', 'https://app.example.com/auth/session'],
  ['/auth/loginx', 'https://app.example.com/auth/loginx'],
  ['https://spa.example.com/auth/login', 'https://spa.example.com/auth/login'],
  ['', 'https://app.example.com/home'],
  [null, 'https://app.example.com/home'],
])('takes %j as %s (I-01, I-06)', (reference, href) => {
  expect(resolveReturnTo(reference, policy).href).toBe(href)
})

const hostile = [
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/.//evil.example',
  '/..//evil.example',
  '/./\\evil.example',
  '/%2e//evil.example',
  '/%2e%2e//evil.example',
  '/a/..//evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r\nset-cookie:x=1',
  '\t//evil.example',
  ' //evil.example',
  '/a b',
  '/a\u0000',
  '/a\u007f',
  'https:evil.example',
  'https:/evil.example',
  'https:///evil.example',
  'https://evil.example',
  'HTTPS://evil.example',
  'https://app.example.com.evil.example',
  'https://app.example.com@evil.example',
  'https://user@app.example.com/',
  'https://user:pass@app.example.com/',
  'https://evil-app.example.com',
  'https://app.example.comevil.example',
  'https://app.example.com:8443/',
  'https://app.example.com.',
  'https://ａpp.example.com/',
  'https://app。example.com.evil/',
  'http://app.example.com/',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'blob:https://app.example.com/x',
  'file:///etc/passwd',
  'ftp://app.example.com/',
  'about:blank',
  'relative',
  './relative',
  '?q',
  '#f',
  '/auth/login',
  '/auth/login?returnTo=/',
  '/AUTH/LOGIN/',
  '/auth/%6cogin',
  '/auth/logout',
  '/auth/logout/callback',
  '/auth/callback?code=x',
  '/x/../auth/login',
  `/${'a'.repeat(2048)}`,
  `/${'日'.repeat(500)}`,
]

test.each(hostile)('refuses %j (I-01, I-02, I-03, I-04, I-05)', (reference) => {
  expect(() => resolveReturnTo(reference, policy)).toThrowError(
    expect.objectContaining({ code: 'invalid_return_to' }),
  )
})

test.each([
  `/${'a'.repeat(2047)}`,
  `/${'日'.repeat(400)}`,
  `/?q=${'ж'.repeat(600)}`,
  `/#${'%E6%97%A5'.repeat(400)}`,
])('what was accepted can be stored and checked again (I-02) %#', (reference) => {
  const url = resolveReturnTo(reference, policy)
  expect(resolveReturnTo(url.href, policy).href).toBe(url.href)
  expect(storedReturnTo(url.href, policy).href).toBe(url.href)
})

test('a stored returnTo that is no longer allowed leads to the default', () => {
  for (const href of [undefined, '', 'https://former.example.com/'])
    expect(storedReturnTo(href, policy)).toBe(policy.defaultReturnTo)
})

test('whatever comes in, the result is below an allowed origin, or refused (I-01)', () => {
  const part = fc.constantFrom(
    '/',
    '\\',
    '.',
    '..',
    '%2e',
    '%2f',
    '%5c',
    '@',
    ':',
    '?',
    '#',
    'a',
    'evil.example',
    'https:',
    '\t',
    '日',
    '//',
    'app.example.com',
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
      const reference = `/${parts.join('')}`
      try {
        const url = resolveReturnTo(reference, policy)
        expect(policy.origins).toContain(new URL(url.href).origin)
        expect(url.pathname.startsWith('//')).toBe(false)
        expect(resolveReturnTo(url.href, policy).href).toBe(url.href)
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_return_to' })
      }
    }),
    { numRuns: 2000 },
  )
})

test('a parameter is added to the query and the fragment is kept (I-07)', () => {
  const url = withParameter(
    new URL('https://app.example.com/a?x=1#f'),
    'auth_error',
    'login_required',
  )
  expect(url.href).toBe('https://app.example.com/a?x=1&auth_error=login_required#f')
})
