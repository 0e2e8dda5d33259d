import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { upstreamUrl } from '../../../src/app/api-call/upstream-url.ts'
import { upstream } from '../../endpoints/proxy/upstream.ts'

const api = upstream({ url: 'https://api.example.com/v1.0' })
const urlOf = (path: string, search = '') => upstreamUrl(api, path, search).href

describe('a path is rebuilt below the base', () => {
  test.each([
    ['', 'https://api.example.com/v1.0/'],
    ['me', 'https://api.example.com/v1.0/me'],
    ['me/', 'https://api.example.com/v1.0/me/'],
    ['a/b/c', 'https://api.example.com/v1.0/a/b/c'],
    ['café', 'https://api.example.com/v1.0/caf%C3%A9'],
    ['a b', 'https://api.example.com/v1.0/a%20b'],
    ['100%', 'https://api.example.com/v1.0/100%25'],
    ['x%ZZ', 'https://api.example.com/v1.0/x%25ZZ'],
    ['a?b#c', 'https://api.example.com/v1.0/a%3Fb%23c'],
    ["users('a,b')/$count", "https://api.example.com/v1.0/users('a,b')/$count"],
    ['root:/file.txt:/content', 'https://api.example.com/v1.0/root:/file.txt:/content'],
    ['a+b&c=d;e@f', 'https://api.example.com/v1.0/a+b&c=d;e@f'],
    ['[x]|"<>^`{}', 'https://api.example.com/v1.0/%5Bx%5D%7C%22%3C%3E%5E%60%7B%7D'],
    ['👩‍🚀', 'https://api.example.com/v1.0/%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80'],
    ['@evil.example', 'https://api.example.com/v1.0/@evil.example'],
    ['https:evil', 'https://api.example.com/v1.0/https:evil'],
    ['http:/evil.example', 'https://api.example.com/v1.0/http:/evil.example'],
    ['...', undefined],
    ['.hidden', 'https://api.example.com/v1.0/.hidden'],
    ['a..b', 'https://api.example.com/v1.0/a..b'],
  ])('%j', (path, expected) => {
    if (expected === undefined) expect(() => urlOf(path)).toThrow()
    else expect(urlOf(path)).toBe(expected)
  })

  test('the query travels as it was sent (G-04)', () => {
    expect(urlOf('me', '?a=1&a=2&b=%2B+%20&c')).toBe(
      'https://api.example.com/v1.0/me?a=1&a=2&b=%2B+%20&c',
    )
  })
})

describe('a path that might be read as another one is refused (G-02, G-03)', () => {
  test.each([
    '/',
    '//',
    '/etc',
    '//evil.example/x',
    'https://evil.example/x',
    'a//b',
    'a//',
    '.',
    '..',
    './x',
    '../x',
    'a/./b',
    'a/../b',
    'a/..',
    '../../../x',
    '..;/x',
    '.;a/x',
    ';/x',
    'a/;x=1/b',
    '..;a=b/x',
    '.. /x',
    ' ../x',
    '.\u00a0./x',
    '. ./x',
    '\u2003/x',
    '%2e%2e/x',
    '%2E./x',
    '.%2e/x',
    '%2e/x',
    'a%2fb',
    'a%2Fb',
    'a%5cb',
    'a%5Cb',
    '%00',
    'a%00.json',
    '%252e%252e/x',
    '%2541',
    '%FF',
    '%c0%ae%c0%ae/x',
    'a\\b',
    '..\\x',
    '\\\\evil.example\\x',
    'a\u0000b',
    'a\nb',
    'a\r\nHost: evil.example',
    'a\tb',
    'a\u007fb',
    'a\u0085b',
    '\ud800',
    'x\udfff',
  ])('%j', (path) => {
    expect(() => urlOf(path)).toThrow(expect.objectContaining({ code: 'upstream_path_invalid' }))
  })
})

test('whatever path comes, the call stays below the base or is refused (G-02)', () => {
  const hostile = fc.constantFrom(
    ...'/ \\ . .. %2e %2f %5c %25 ; @ : ? # evil.example https: \t \n \u0000 … ％'.split(' '),
  )
  const path = fc
    .array(fc.oneof(hostile, fc.string({ unit: 'binary' }), fc.webPath()), { maxLength: 12 })
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(path, fc.string({ unit: 'binary' }), (text, query) => {
      let href: string
      try {
        href = urlOf(text, query === '' ? '' : `?${query}`)
      } catch (error) {
        expect(error).toMatchObject({ code: 'upstream_path_invalid' })
        return
      }
      const url = new URL(href)
      expect(url.origin).toBe('https://api.example.com')
      expect(url.pathname.startsWith('/v1.0/')).toBe(true)
      expect(url.pathname).not.toMatch(/\/\.{1,2}(\/|;|$)|\\|\/\/|%2f|%5c|%00|%2e/i)
      // Decoding it once gives back what the host handed over: nothing was added or resolved.
      expect(decodeURIComponent(url.pathname)).toBe(`/v1.0/${text}`)
      expect(url.username + url.password + url.hash).toBe('')
    }),
    { numRuns: 1_000 },
  )
})

test('too long a query is refused', () => {
  expect(urlOf('me', `?${'x'.repeat(4_096)}`)).toMatch(/x{4096}$/)
  expect(() => urlOf('me', `?${'x'.repeat(4_097)}`)).toThrow(
    expect.objectContaining({ code: 'invalid_parameter', details: { parameter: 'query' } }),
  )
})

describe('allowed paths count by whole segments, in their own case', () => {
  const limited = upstream({ url: 'https://api.example.com', paths: ['me', 'users/list'] })
  test.each(['me', 'me/', 'me/photo', 'users/list', 'users/list/x'])('%j passes', (path) => {
    expect(upstreamUrl(limited, path, '').pathname).toBe(`/${path}`)
  })
  test.each(['', 'mean', 'ME', 'me;x', 'users', 'users/', 'users/listing', 'x/me', 'me%2fx'])(
    '%j does not',
    (path) => {
      expect(() => upstreamUrl(limited, path, '')).toThrow(
        expect.objectContaining({ code: 'upstream_path_invalid' }),
      )
    },
  )
})
