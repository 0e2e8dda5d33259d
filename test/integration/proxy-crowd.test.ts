import { expect } from 'vitest'
import type { BrowserReply } from '../support/http-browser.ts'
import { httpAnswer } from '../support/recorder-upstream.ts'
import { signIn } from '../support/stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()

test('two APIs that hang keep nobody from signing in, nor from a third API', async ({ stack }) => {
  const browser = await signIn(stack)
  for (const api of ['limited/me', 'cae/x', 'graph/x'])
    expect((await browser.call('GET', stack.url(`/api/${api}`))).status).toBe(200)
  let hanging = 0
  const ends: (() => void)[] = []
  stack.recorder.answer((call, socket) => {
    hanging += 1
    ends.push(() => httpAnswer(200, {}, 'late')(call, socket))
  })
  const finished: BrowserReply[] = []
  const crowd = ['limited/me', 'cae/x'].flatMap((api) =>
    Array.from({ length: 110 }, async () => {
      const reply = await browser.clone().call('GET', stack.url(`/api/${api}`))
      finished.push(reply)
      return reply
    }),
  )
  await expect.poll(() => finished.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(120)
  // What does not fit is refused, while what fits still hangs.
  for (const reply of finished) {
    expect([reply.status, reply.json()['code']]).toEqual([503, 'upstream_busy'])
    expect(reply.headers['retry-after']).toBe('1')
  }
  expect(hanging).toBe(100)
  const other = await signIn(stack)
  expect((await other.call('GET', stack.url('/api/graph/x'))).status).toBe(200)
  expect((await browser.call('GET', stack.url('/api/graph/x'))).status).toBe(200)
  expect(finished.every(({ status }) => status === 503)).toBe(true)
  for (const end of ends) end()
  const replies = await Promise.all(crowd)
  expect(replies.filter(({ status }) => status === 200)).toHaveLength(100)
})

test('a first page with many APIs and a slow provider gets every token, without a 503', async ({
  stack,
}) => {
  const scopes = ['api://entra-bff-demo/access_as_user']
  const names = Array.from({ length: 15 }, (_, index) => `api${index}`)
  const apis = names.map((name) => [name, { url: `${stack.recorder.origin}/${name}`, scopes }])
  await stack.restart({ UPSTREAMS: JSON.stringify(Object.fromEntries(apis)) })
  stack.recorder.reset()
  const browser = await signIn(stack)
  await stack.admin.fault({ on: 'token', grantType: 'refresh_token', delayMs: 900 }, null)
  const replies = await Promise.all(
    names.map((name) => browser.clone().call('GET', stack.url(`/api/${name}/x`))),
  )
  await stack.admin.clearFaults()
  expect(replies.map(({ status }) => status)).toEqual(names.map(() => 200))
})
