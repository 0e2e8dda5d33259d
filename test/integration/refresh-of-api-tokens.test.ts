import { expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import { callAt, isSignedIn, linesOf, refreshAt } from '../support/instances.ts'
import { signIn } from '../support/stack.ts'
import { emptyTables, rowsOf } from '../support/table-rows.ts'
import { proxyTest } from './proxy-stack.ts'

const test = proxyTest({
  instances: 2,
  settings: { REFRESH_COOLDOWN_SECONDS: '300', SESSION_IDLE_MINUTES: '1440' },
})

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ refreshMode: 'strict', canary: 'CANARY' })
  for (const instance of [0, 1]) await signIn(stack, undefined, { instance })
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.tokenRequests()
})
test.afterAll(async ({ stack }) => {
  expectClosedLines(stack, ['CANARY'])
})

const both = <T>(call: (instance: number) => Promise<T>): Promise<T[]> =>
  Promise.all([0, 1, 0, 1].map((instance) => call(instance)))

test('D-04 D-16 refreshes and two APIs at once, round after round: each token once, none lost', async ({
  stack,
}) => {
  const browser = await signIn(stack)
  for (let round = 0; round < 4; round++) {
    await stack.tokenRequests()
    const [refreshed, demo, graph] = await Promise.all([
      both((instance) => refreshAt(stack, browser.clone(), instance)),
      both((instance) => callAt(stack, browser.clone(), 'GET /api/demo/x', instance)),
      both((instance) => callAt(stack, browser.clone(), 'GET /api/graph/me', instance)),
    ])
    for (const { status, text } of [...refreshed, ...demo, ...graph])
      expect([status, text]).toEqual([200, expect.any(String)])
    const requests = await stack.tokenRequests()
    expect(requests.map(({ status }) => status)).toEqual([200, 200, 200])
    const sent = requests.map(({ parameters }) => JSON.stringify(parameters['refresh_token']))
    expect(new Set(sent).size).toBe(3)
    // Past the end of every token, and of the cool-down.
    await stack.advance(100 * 60)
  }
  expect(await rowsOf(stack, 'sessions')).toHaveLength(1)
})

test('D-08 a consent that is missing for one API keeps session, refreshes and other APIs', async ({
  stack,
}) => {
  // The emulator's strict mode counts a refused request as a use.
  await stack.admin.settings({ refreshMode: 'entra' })
  const browser = await signIn(stack)
  const [write, demo, refreshed] = await Promise.all([
    both((instance) => callAt(stack, browser.clone(), 'GET /api/write/x', instance)),
    both((instance) => callAt(stack, browser.clone(), 'GET /api/demo/x', instance)),
    both((instance) => refreshAt(stack, browser.clone(), instance)),
  ])
  for (const reply of write) {
    expectProblem(reply, 401, 'interaction_required')
    expect(reply.json()).toMatchObject({ reason: 'consent', loginUrl: expect.any(String) })
  }
  // All were told the same step, after one question.
  expect(new Set(write.map((reply) => reply.json()['loginUrl'])).size).toBe(1)
  for (const { status } of [...demo, ...refreshed]) expect(status).toBe(200)
  expect(await isSignedIn(stack, browser, 1)).toBe(true)
  expect(linesOf(stack, 'bff.session.step_up_required').at(-1)).toMatchObject({
    upstream: 'write',
    reason: 'consent',
  })
})
