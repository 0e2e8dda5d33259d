import { expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { signIn } from '../support/stack.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest()
const calls = [
  ['GET', '/api/demo/x'],
  ['POST', '/api/demo/x'],
  ['POST', '/auth/refresh'],
  ['GET', '/auth/session'],
  ['GET', '/auth/sessions'],
] as const

test.for(calls)(
  '%s %s of a page that shows another user is 409, and nothing is called',
  async ([method, path], { stack }) => {
    const browser = await signIn(stack, undefined, { user: 'ada@contoso.test' })
    const session = await browser.call('GET', stack.url('/auth/session'))
    const ada = session.json<{ user: { id: string } }>().user.id
    const headers = { origin: stack.origin, 'x-expected-user': ada }
    expect((await browser.call(method, stack.url(path), { headers })).status).toBe(200)

    // In another tab somebody else signs in.
    await signIn(stack, browser, { user: 'rita@contoso.test' })
    stack.recorder.reset()
    await stack.admin.clearRequests()
    expectProblem(await browser.call(method, stack.url(path), { headers }), 409, 'user_changed')
    expect(stack.recorder.calls).toEqual([])
    expect(await stack.tokenRequests()).toEqual([])
  },
)

test('who has signed out meanwhile is told so', async ({ stack }) => {
  const browser = await signIn(stack)
  browser.cookies.delete('session')
  const headers = { origin: stack.origin, 'x-expected-user': 'somebody' }
  const reply = await browser.call('GET', stack.url('/api/demo/x'), { headers })
  expectProblem(reply, 401, 'session_expired')
})
