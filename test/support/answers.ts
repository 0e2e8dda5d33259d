import { expect } from 'vitest'
import { receivedText, type BrowserReply } from './http-browser.ts'
import type { Stack } from './stack.ts'

/** The headers that every answer of ours has; the local stack is plain http, so without HSTS. */
const everywhere = {
  'cache-control': 'no-store',
  pragma: 'no-cache',
  'x-content-type-options': 'nosniff',
}

/**
 * Checks everything that the browsers of this test file have been sent so far: common headers, no
 * stack trace, no text of the provider, no host of storage or vault. What the host itself answers
 * has no correlation id.
 */
export function expectCleanAnswers(stack: Stack): void {
  const hosts = [stack.vault.url, stack.storage.origin].map((url) => new URL(url).host)
  for (let index = 0; index < receivedText.length; index += 2) {
    const headers = headersOf(receivedText[index]!)
    if (headers['x-correlation-id'] === undefined) continue
    const text = receivedText[index + 1]!
    // The helper's script is the same for everybody.
    const isScript = headers['cache-control'] === 'public, max-age=3600'
    if (isScript) expect(headers).not.toHaveProperty('set-cookie')
    else expect(headers, text).toMatchObject(everywhere)
    expect(headers['x-correlation-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(text).not.toMatch(/^\s+at .*:\d+:\d+/m)
    expect(text).not.toMatch(/Trace ID|Correlation ID: [0-9a-f]{8}-/)
    for (const host of hosts) expect(text).not.toContain(host)
  }
}

/** A problem document of this code, with its members and headers. */
export function expectProblem(reply: BrowserReply, status: number, code: string): void {
  expect([reply.status, reply.text]).toEqual([status, expect.stringContaining(`"${code}"`)])
  expect(reply.headers['content-type']).toBe('application/problem+json')
  const body = reply.json()
  expect(body).toMatchObject({
    type: `urn:problem-type:entra-bff:${code}`,
    title: expect.any(String),
    status,
    code,
    correlationId: reply.headers['x-correlation-id'],
  })
  const known = ['type', 'title', 'status', 'code', 'correlationId', 'loginUrl', 'reason', 'check']
  expect([...known, 'parameter']).toEqual(expect.arrayContaining(Object.keys(body)))
  if (status === 503 || status === 429)
    expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
}

/** The error page of a failed sign-in. */
export function expectErrorPage(reply: BrowserReply, status: number, code: string): void {
  const shown = /<dt>Code<\/dt><dd>(\w+)<\/dd>/.exec(reply.text)?.[1]
  expect([reply.status, shown ?? reply.text]).toEqual([status, code])
  expect(reply.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(reply.setCookies).toEqual([])
  expect(reply.text).toContain(reply.headers['x-correlation-id'])
  expect(reply.headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(reply.headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-/,
  )
  if (status === 503) expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
  else expect(reply.headers['retry-after']).toBeUndefined()
}

/** The arrival page that leads to this absolute URL. */
export function expectArrival(reply: BrowserReply, returnTo: string): void {
  expect([reply.status, reply.headers['refresh'] ?? reply.text]).toEqual([
    200,
    `0; url=${returnTo}`,
  ])
}

/** The way back to the app of a sign-in that this browser has finished: nothing is given again. */
export function expectLanding(reply: BrowserReply, returnTo: string): void {
  expectArrival(reply, returnTo)
  expect(reply.text).toContain('<h1>Back to the app</h1>')
  expect(reply.setCookies).toEqual([])
}

function headersOf(raw: string): Record<string, string> {
  const list = JSON.parse(raw) as string[]
  const headers: Record<string, string> = {}
  for (let index = 0; index < list.length; index += 2)
    headers[list[index]!.toLowerCase()] = list[index + 1]!
  return headers
}
