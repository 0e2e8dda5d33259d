import { randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { createHttpBrowser } from '../support/http-browser.ts'
import { auditLines, clearLines, isSignedIn } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'

const test = stackTest({ settings: { RATE_LIMIT_PER_MINUTE: '300' } })

/** A cookie of our form under a key that there is, in a partition of the sender's choice. */
function forge(genuine: string): string {
  const [version, keyId] = genuine.split('.')
  const random = (length: number) => randomBytes(length).toString('base64url')
  return [version, keyId, '00999999', random(16), random(32), random(32)].join('.')
}

function ask(stack: Stack, cookie: string, address: string) {
  return createHttpBrowser().send(stack.url('/auth/session'), {
    headers: { cookie: `session=${cookie}`, 'x-csrf': '1', 'x-forwarded-for': address },
  })
}

test('E-09 L-01 600 forged session cookies cost no storage operation, and are counted', async ({
  stack,
}) => {
  const browser = await signIn(stack)
  const genuine = browser.cookies.get('session')!
  clearLines(stack)
  stack.storage.reset()
  const statuses: number[] = []
  for (let sent = 0; sent < 600; sent += 50) {
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => ask(stack, forge(genuine), '203.0.113.1')),
    )
    statuses.push(...replies.map(({ status }) => status))
  }
  expect(stack.storage.counts()).toEqual({})
  expect(statuses.filter((status) => status === 200)).toHaveLength(300)
  expect(statuses.filter((status) => status === 429)).toHaveLength(300)
  expect(auditLines(stack).map(({ event }) => event)).toEqual([
    'bff.session.rejected',
    'bff.request.refused',
  ])
  // Who shares the address and is signed in is not counted, nor is another address.
  expect((await ask(stack, genuine, '203.0.113.1')).json()).toMatchObject({ authenticated: true })
  expect((await ask(stack, forge(genuine), '203.0.113.2')).status).toBe(200)
  expect(await isSignedIn(stack, browser)).toBe(true)
})
