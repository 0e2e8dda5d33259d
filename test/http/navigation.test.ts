import { describe, expect, test } from 'vitest'
import {
  isTopLevelNavigation,
  navigations,
  requireNavigation,
  wantsPage,
} from '../../src/http/navigation.ts'

function requestWith(headers: Record<string, string>) {
  return {
    method: 'GET',
    url: 'https://app.example.com/auth/login',
    headers: { get: (name: string) => headers[name] ?? null },
    text: async () => '',
    arrayBuffer: async () => new ArrayBuffer(0),
  }
}

function passes(headers: Record<string, string>): boolean {
  try {
    requireNavigation(requestWith(headers))
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'not_a_navigation' })
    return false
  }
}

const modes = ['navigate', 'same-origin', 'cors', 'no-cors', 'websocket', 'nested-navigate', '']
const destinations = [
  'document',
  'empty',
  'iframe',
  'frame',
  'object',
  'embed',
  'image',
  'script',
  'style',
  'font',
  'audio',
  'video',
  'worker',
  'serviceworker',
  'report',
]

describe('every mode with every destination (A-10, B-11)', () => {
  const table = modes.flatMap((mode) => destinations.map((dest) => [mode, dest] as const))
  test.each(table)('%s to %s', (mode, dest) => {
    const headers = {
      'sec-fetch-mode': mode,
      'sec-fetch-dest': dest,
      'sec-fetch-site': 'same-origin',
    }
    expect(passes(headers)).toBe(navigations[mode]?.includes(dest) ?? false)
    for (const purpose of ['prefetch', 'prefetch;prerender', 'prerender'])
      expect(passes({ ...headers, 'sec-purpose': purpose })).toBe(false)
    expect(passes({ ...headers, purpose: 'prefetch' })).toBe(false)
  })

  test('and what lets one in is a browser itself, or a worker that passes it on', () => {
    expect(navigations).toEqual({ navigate: ['document', 'empty'], 'same-origin': ['empty'] })
  })
})

test('a browser that sends no Fetch Metadata may come, and one that sends half of it', () => {
  expect(passes({})).toBe(true)
  expect(passes({ 'sec-fetch-mode': 'navigate' })).toBe(true)
  expect(passes({ 'sec-fetch-dest': 'document' })).toBe(true)
  for (const dest of ['iframe', 'frame', 'object', 'embed', 'image'])
    expect(passes({ 'sec-fetch-dest': dest })).toBe(false)
})

test('the mode same-origin is a worker of our own origin, or nobody', () => {
  const worker = { 'sec-fetch-mode': 'same-origin', 'sec-fetch-dest': 'empty' }
  for (const site of ['cross-site', 'same-site', 'none'])
    expect(passes({ ...worker, 'sec-fetch-site': site })).toBe(false)
  expect(passes(worker)).toBe(false)
  const callback = { ...worker, 'sec-fetch-site': 'cross-site' }
  expect(() => requireNavigation(requestWith(callback), { anySite: true })).not.toThrow()
})

test('coming from another site is how a callback comes', () => {
  const callback = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  expect(passes({ ...callback, 'sec-fetch-site': 'cross-site' })).toBe(true)
})

test.each([
  [{ accept: 'text/html,application/xhtml+xml' }, true],
  [{ accept: 'text/html', 'sec-fetch-mode': 'navigate' }, true],
  [{ accept: 'text/html', 'sec-fetch-mode': 'cors' }, false],
  [{ accept: 'text/html', 'sec-fetch-mode': 'same-origin' }, false],
  [{ accept: 'application/json' }, false],
  [{ accept: '*/*' }, false],
  [{}, false],
])('a refusal of a request with %j is a page: %s', (headers, page) => {
  expect(wantsPage(requestWith(headers as Record<string, string>))).toBe(page)
})

test('a page of the team is navigated to by browsers that say so', () => {
  const navigates = (headers: Record<string, string>) => isTopLevelNavigation(requestWith(headers))
  expect(navigates({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' })).toBe(true)
  expect(navigates({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'empty' })).toBe(true)
  expect(navigates({ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })).toBe(false)
  expect(navigates({})).toBe(false)
})
