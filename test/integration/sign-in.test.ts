import { expect } from 'vitest'
import { signIn } from '../support/stack.ts'
import { stackTest } from '../support/stack-test.ts'

const test = stackTest()

test('a sign-in ends in a session whose owner the browser can read', async ({ stack }) => {
  const browser = await signIn(stack)
  const reply = await browser.call('GET', stack.url('/auth/session'))
  expect(reply.status).toBe(200)
  expect(reply.json()).toMatchObject({
    authenticated: true,
    user: { username: 'ada@contoso.test', roles: ['Admin'] },
  })
})

test('refresh renews, logout ends', async ({ stack }) => {
  const browser = await signIn(stack)
  const refreshed = await browser.call('POST', stack.url('/auth/refresh'))
  expect([refreshed.status, refreshed.text]).toMatchObject([
    200,
    expect.stringContaining('authenticated'),
  ])
  const out = await browser.call('POST', stack.url('/auth/logout'), { body: '{"returnTo":"/bye"}' })
  expect(out.status).toBe(200)
  expect(out.json()['logoutUrl']).toContain('/oauth2/v2.0/logout')
  expect((await browser.call('GET', stack.url('/auth/session'))).json()).toMatchObject({
    authenticated: false,
  })
})
