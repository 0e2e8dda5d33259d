import { HttpRequest, InvocationContext } from '@azure/functions'
import { expect, test } from 'vitest'
import { BffError, type SignedInOptions } from '../src/index.ts'
import { fakeBff, type FakeBffOptions } from '../src/testing.ts'

const context = new InvocationContext({ functionName: 'orders' })
const request = new HttpRequest({ method: 'GET', url: 'https://app.example.com/api/orders/7' })

async function ask(options: FakeBffOptions, checks: SignedInOptions = {}) {
  const handler = fakeBff(options).signedIn(async (_request, _context, { user, api }) => {
    const answer = await api('graph').fetch('me')
    const { token } = await api('graph').credential().getToken()
    return { jsonBody: { for: user.name, me: await answer.json(), token } }
  }, checks)
  const { status, body } = (await handler(request, context)) as { status: number; body: string }
  return { status, body: JSON.parse(body) as unknown }
}

test('a handler runs for the user and with the tokens of the test', async () => {
  const fetch = (api: string, path: string) => Response.json({ api, path })
  expect(await ask({ user: { name: 'Ada' }, tokens: { graph: 't' }, fetch })).toEqual({
    status: 200,
    body: { for: 'Ada', me: { api: 'graph', path: 'me' }, token: 't' },
  })
})

test.each([
  ['nobody is signed in', {}, {}, 401, { code: 'session_expired' }],
  ['a role is missing', { user: {} }, { roles: ['Admin'] }, 403, { reason: 'role' }],
  ['a group is missing', { user: {} }, { groups: ['g'] }, 403, { reason: 'group' }],
  [
    'a step-up is due',
    { user: {}, tokens: { graph: new BffError('interaction_required', 'mfa') } },
    {},
    401,
    { code: 'interaction_required' },
  ],
  ['the test names no such API', { user: {} }, {}, 500, { code: 'server_error' }],
])('it answers as the real one where %s', async (_, options, checks, status, body) => {
  expect(await ask(options, checks)).toMatchObject({ status, body })
})

test('strangers reach what is optional, and a plain Request will do', async () => {
  const handler = fakeBff().signedIn(
    async (_request, _context, { user }) => ({ body: user?.name ?? '' }),
    {
      optional: true,
    },
  )
  const plain = new Request('https://app.example.com/hello') as unknown as HttpRequest
  expect(await handler(plain, context)).toMatchObject({ status: 200, body: '' })
})
