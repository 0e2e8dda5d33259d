import { describe, expect } from 'vitest'
import { createHttpBrowser } from '../support/http-browser.ts'
import { sendRaw } from '../support/raw-http.ts'
import { stackTest } from '../support/stack-test.ts'

const test = stackTest()

describe('L-03 O-10 input that is broken is never a 500', () => {
  const bytes = (head: string) => `${head}\r\nHost: localhost\r\nConnection: close\r\n\r\n`

  test.for([
    'GET /auth/callback?code=%ff&state=%ff',
    'GET /auth/callback?code=%&state=%zz',
    'GET /auth/callback?state=%00',
    'GET /auth/callback?=&&&==',
    'GET /auth/callback?state[]=x&state[__proto__]=y&constructor=z',
    'GET /auth/login?returnTo=%ff',
    'GET /auth/login?returnTo=%ed%a0%80',
    'GET /auth/login?returnTo=%F0%9F%98%80',
    'GET /auth/login?prompt=%00',
    'GET /auth/login?step=%00',
    'GET /auth/logout?returnTo=%ff',
    'GET /auth/logout/callback?state=v1.%00.%00.%00',
    'GET /auth/logout/frontchannel?sid=%ff&iss=%ff',
    'GET /auth/session?slide=%ff',
    'GET /auth/sessions/%ff',
    'DELETE /auth/sessions/%2e%2e%2fx',
    "DELETE /auth/sessions/x'%20or%201%20eq%201",
  ])('%s', async (target, { stack }) => {
    const port = stack.hosts[0]!.port
    const reply = await sendRaw(port, bytes(`${target} HTTP/1.1`))
    expect(reply.status).toBeGreaterThan(0)
    expect(reply.status).toBeLessThan(500)
  })

  test.for([
    ['cookies of percent signs', 'cookie', 'session=%ff; login=%'],
    ['cookies of separators', 'cookie', ';;;=;,=,session'],
    ['a long cookie', 'cookie', 'session=v1.00000000.00000000.'.padEnd(3000, 'A')],
    ['cookies of prototypes', 'cookie', '__proto__=x; constructor=y; session'],
    ['addresses of commas', 'x-forwarded-for', '"[::1]:x", , ,'],
    ['a long address', 'x-forwarded-for', `${'1'.repeat(3000)}:::`],
    ['a principal', 'x-ms-client-principal', 'nonsense'],
    ['an origin that is none', 'origin', '%01'],
    ['a long site', 'sec-fetch-site', 'x'.repeat(2000)],
  ] as const)('O-01 %s', async ([, name, value], { stack }) => {
    for (const path of ['/auth/login', '/auth/session', '/auth/callback?code=a&state=b']) {
      const reply = await createHttpBrowser().send(stack.url(path), { headers: { [name]: value } })
      expect([path, reply.status < 500]).toEqual([path, true])
    }
  })
})
