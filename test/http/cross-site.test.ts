import { expect, test } from 'vitest'
import {
  requireAntiForgery,
  requireOwnCall,
  requireOwnForm,
  requireReadable,
} from '../../src/http/cross-site.ts'

const own = 'https://app.example.com'
const origins = [own, 'https://spa.example.com']

/** A request with exactly these headers; a web Request would not let a test set all of them. */
function requestWith(headers: Record<string, string>) {
  return {
    method: 'GET',
    url: `${own}/auth/x`,
    headers: { get: (name: string) => headers[name] ?? null },
    text: async () => '',
    arrayBuffer: async () => new ArrayBuffer(0),
  }
}

function outcomeOf(check: () => unknown): string {
  try {
    check()
    return 'passes'
  } catch (error) {
    const { code, details } = error as { code: string; details: { check?: string } }
    return details.check ?? code
  }
}

const csrf = { 'x-csrf': '1' }

test.each([
  [{}, 'header'],
  [{ 'x-csrf': '' }, 'header'],
  [{ 'x-csrf': '0' }, 'header'],
  [{ 'x-csrf': '1,1' }, 'header'],
  [{ 'x-csrf': 'true' }, 'header'],
  [csrf, 'passes'],
  [{ ...csrf, 'sec-fetch-site': 'same-origin' }, 'passes'],
  [{ ...csrf, 'sec-fetch-site': 'none' }, 'passes'],
  [{ ...csrf, 'sec-fetch-site': 'cross-site' }, 'fetch-site'],
  [{ ...csrf, 'sec-fetch-site': 'cross-site', origin: own }, 'fetch-site'],
  [{ ...csrf, 'sec-fetch-site': 'same-site' }, 'origin'],
  [{ ...csrf, 'sec-fetch-site': 'same-site', origin: 'https://spa.example.com' }, 'passes'],
  [{ ...csrf, 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' }, 'origin'],
  [{ ...csrf, origin: own }, 'passes'],
  [{ ...csrf, origin: 'null' }, 'origin'],
  [{ ...csrf, origin: '' }, 'origin'],
  [{ ...csrf, origin: 'https://app.example.com.evil.example' }, 'origin'],
  [{ ...csrf, origin: 'http://app.example.com' }, 'origin'],
  [{ ...csrf, origin: 'https://app.example.com:8443' }, 'origin'],
  [{ ...csrf, origin: 'https://APP.example.com' }, 'origin'],
  [{ ...csrf, origin: 'https://app.example.com.' }, 'origin'],
])('a call of the SPA with %j: %s (F-01, F-02, F-03)', (headers, expected) => {
  expect(outcomeOf(() => requireAntiForgery(requestWith(headers), origins))).toBe(expected)
})

test('Fetch Metadata is asked before Origin, and Origin before the header', () => {
  const all = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
  expect(outcomeOf(() => requireAntiForgery(requestWith(all), origins))).toBe('fetch-site')
  const two = { origin: 'https://evil.example' }
  expect(outcomeOf(() => requireAntiForgery(requestWith(two), origins))).toBe('origin')
})

const typed = {
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

test.each([
  [{}, { proven: false }],
  [typed, { proven: false }],
  [{ ...typed, 'sec-fetch-site': 'cross-site' }, { proven: false }],
  [{ 'sec-fetch-site': 'same-origin' }, { proven: false }],
  [{ 'sec-fetch-site': 'same-origin', origin: own }, { proven: false }],
  [csrf, { proven: true }],
  [{ ...csrf, 'sec-fetch-site': 'same-site', origin: 'https://spa.example.com' }, { proven: true }],
])('the session is readable with %j (E-10)', (headers, expected) => {
  expect(requireReadable(requestWith(headers), origins)).toEqual(expected)
})

test.each([
  [{ 'sec-fetch-site': 'same-site' }, 'header'],
  [{ 'sec-fetch-site': 'cross-site' }, 'fetch-site'],
  [{ 'sec-fetch-site': 'cross-site', 'x-csrf': '1' }, 'fetch-site'],
  [{ origin: 'https://spa.example.com' }, 'header'],
  [{ origin: 'https://evil.example' }, 'origin'],
  [{ ...typed, origin: 'null' }, 'origin'],
])('the session is not readable with %j: %s (E-10, F-02)', (headers, expected) => {
  expect(outcomeOf(() => requireReadable(requestWith(headers), origins))).toBe(expected)
})

test.each([
  [{ origin: own }, 'passes'],
  [{ origin: own, 'sec-fetch-site': 'same-origin' }, 'passes'],
  [{}, 'origin'],
  [{ origin: 'null' }, 'origin'],
  [{ origin: 'https://spa.example.com', 'sec-fetch-site': 'same-site' }, 'fetch-site'],
  [{ origin: 'https://spa.example.com' }, 'origin'],
  [{ origin: own, 'sec-fetch-site': 'cross-site' }, 'fetch-site'],
])('the sign-out form with %j: %s (H-01, F-06)', (headers, expected) => {
  expect(outcomeOf(() => requireOwnForm(requestWith(headers), own))).toBe(expected)
})

const ownCalls: [string, string, boolean, Record<string, string>, string][] = [
  ['with the header, where it is asked for', 'GET', true, csrf, 'passes'],
  ['without it', 'GET', true, {}, 'header'],
  ['that reads', 'GET', false, {}, 'passes'],
  ['that asks for the head', 'HEAD', false, {}, 'passes'],
  ['that changes something, of our own', 'POST', false, { origin: own }, 'passes'],
  ['that changes something, of a sibling', 'DELETE', false, { origin: origins[1]! }, 'passes'],
  ['that changes something, of nobody', 'POST', false, {}, 'origin'],
  ['that changes something, with a method of its own', 'PROPFIND', false, {}, 'origin'],
  ['of a stranger', 'POST', false, { origin: 'https://attacker.test' }, 'origin'],
  ['that reads, of a stranger', 'GET', false, { origin: 'https://attacker.test' }, 'origin'],
  ['of another site', 'GET', false, { 'sec-fetch-site': 'cross-site' }, 'fetch-site'],
]

test.each(ownCalls)('F-01 a call of a function %s', (_, method, header, headers, expected) => {
  const request = { ...requestWith(headers), method }
  expect(outcomeOf(() => requireOwnCall(request, origins, { header }))).toBe(expected)
})
