import { expect, test } from 'vitest'
import { createFakeBff } from '../../src/client/testing.ts'

test('the fake shows who a test says, to everyone who listens', async () => {
  const bff = createFakeBff()
  const seen: string[] = []
  const stop = bff.subscribe(({ status }) => seen.push(status))
  bff.signIn({ name: 'Ada', roles: ['Admin'] })
  expect([bff.user?.name, bff.hasRole('Admin'), bff.isAuthenticated]).toEqual(['Ada', true, true])
  await bff.logout({ returnTo: '/bye' })
  expect(bff.state).toEqual({ status: 'anonymous', reason: 'signed_out' })
  stop()
  bff.signIn()
  expect(seen).toEqual(['anonymous', 'authenticated', 'anonymous'])
  expect(bff.logouts).toEqual([{ returnTo: '/bye' }])
})

test('the fake keeps what was called, and answers what a test says', async () => {
  const bff = createFakeBff({
    user: {},
    fetch: ({ url }) => Response.json({ url: new URL(url).pathname }),
  })
  const response = await bff.fetch('/api/graph/me', { method: 'POST', body: '{}' })
  expect(await response.json()).toEqual({ url: '/api/graph/me' })
  expect(bff.requests.map(({ method }) => method)).toEqual(['POST'])
  await bff.login({ prompt: 'none' })
  expect(bff.logins).toEqual([{ prompt: 'none' }])
  expect(
    await createFakeBff()
      .fetch('/x')
      .then((answer) => answer.json()),
  ).toEqual({})
})

test('the fake shows any state: an end that is near', () => {
  const bff = createFakeBff({ user: { name: 'Ada' } })
  const { state } = bff
  if (state.status !== 'authenticated') throw new Error('nobody is signed in')
  bff.become({ ...state, expiresSoon: true })
  expect(bff.state).toMatchObject({ expiresSoon: true, user: { name: 'Ada' } })
})
