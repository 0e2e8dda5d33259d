import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import type { FaultRule } from '../support/fault-proxy.ts'
import type { HttpBrowser } from '../support/http-browser.ts'
import {
  isSignedIn,
  refreshAt,
  refreshRequests,
  refreshTogether,
  storageFault,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
import { countRows, emptyTables, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest({ instances: 2, settings: { REFRESH_COOLDOWN_SECONDS: '300' } })

test.beforeAll(async ({ stack }) => {
  for (const instance of [0, 1]) await signIn(stack, undefined, { instance })
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.admin.settings({ refreshMode: 'strict', canary: 'CANARY' })
  await stack.admin.clearRequests()
})
test.afterEach(async ({ stack }) => {
  expectClosedLines(stack, ['CANARY'])
})

/** The storage calls of a renewal, with how many of their kind come before. */
const steps = {
  read: { call: ['GET', 'sessions'], before: 0 },
  lease: { call: ['PATCH', 'sessions'], before: 0 },
  'write-back': { call: ['PATCH', 'sessions'], before: 1 },
} as const

type Step = keyof typeof steps

function faultAt(stack: Stack, step: Step, rule: Omit<FaultRule, 'match'>) {
  return storageFault(stack, steps[step].call, rule, steps[step].before)
}

const askedTimes = async (stack: Stack) => (await refreshRequests(stack)).length

/** Strict rotation tells: a refresh token that was lost or sent twice would end the session here. */
async function expectIntact(stack: Stack, browser: HttpBrowser): Promise<void> {
  stack.storage.rules.clear()
  await stack.advance(301)
  const replies = await refreshTogether(stack, browser, 4)
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(await isSignedIn(stack, browser, 1)).toBe(true)
  expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
}

const passing: Record<string, Omit<FaultRule, 'match' | 'times'>> = {
  'a conflict that is none': { action: '412' },
  'an error 500': { action: 'status', status: 500 },
  'an error 503': { action: 'status', status: 503 },
  'a broken connection': { action: 'reset' },
  'an answer that is lost': { action: 'drop-after-apply' },
  'a slow answer': { action: 'delay', ms: 700 },
}
const matrix = Object.keys(steps).flatMap((step) =>
  Object.entries(passing).map(([name, rule]) => [step as Step, name, rule] as const),
)

describe('a fault that passes', () => {
  test.for(matrix.filter(([step, , { action }]) => step !== 'read' || action !== '412'))(
    'K-08 D-04 D-05 at the %s: %s costs neither session nor token',
    async ([step, _name, rule], { stack }) => {
      const browser = await signIn(stack)
      await stack.admin.fault({ on: 'token', delayMs: 300 })
      const fault = faultAt(stack, step, { ...rule, times: 1 })
      const first = refreshAt(stack, browser)
      await expect.poll(() => askedTimes(stack), { timeout: 20_000 }).toBe(1)
      const others = await refreshTogether(stack, browser, 4)
      const replies = [await first, ...others]
      expect(replies.map(({ status, text }) => (status === 200 ? '' : text))).toEqual(
        replies.map(() => ''),
      )
      expect(fault.hits()).toBe(1)
      expect(await askedTimes(stack)).toBe(1)
      expect(await rowsOf(stack, 'sessions')).toMatchObject([
        { generation: 2, leaseId: '', leaseUntil: 0 },
      ])
      await expectIntact(stack, browser)
    },
  )

  test('D-04 D-11 a row that another call changes before the write-back loses no token', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.admin.fault({ on: 'token', delayMs: 1000 })
    const reply = refreshAt(stack, browser)
    await expect.poll(() => askedTimes(stack), { timeout: 20_000 }).toBe(1)
    const [row] = await rowsOf(stack, 'sessions')
    expect(row!['leaseId']).toMatch(/^[\w-]{22}$/)
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    await tableOf(stack, 'sessions').updateEntity({ ...keys, refreshed: 0 }, 'Merge')
    expect((await reply).status).toBe(200)
    expect(await askedTimes(stack)).toBe(1)
    await expectIntact(stack, browser)
  })

  test('K-08 a write-back that fails for a while is tried until it succeeds', async ({ stack }) => {
    const browser = await signIn(stack)
    const fault = faultAt(stack, 'write-back', { action: 'status', status: 503, times: 7 })
    expect((await refreshAt(stack, browser)).status).toBe(200)
    expect(fault.hits()).toBe(7)
    expect(await askedTimes(stack)).toBe(1)
    await expectIntact(stack, browser)
  })
})

describe('a fault that stays', () => {
  test.for([
    ['read', { action: 'status', status: 500 }],
    ['read', { action: 'garbage' }],
    ['lease', { action: 'status', status: 500 }],
    ['lease', { action: 'reset' }],
    ['lease', { action: 'garbage' }],
  ] as [Step, Omit<FaultRule, 'match'>][])(
    'E-11 D-07 at the %s (%j): 503, the provider is not asked, and later all is well',
    async ([step, rule], { stack }) => {
      const browser = await signIn(stack)
      faultAt(stack, step, rule)
      const reply = await refreshAt(stack, browser)
      expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
      expect(await askedTimes(stack)).toBe(0)
      await expectIntact(stack, browser)
    },
  )

  test('K-08 a lease that was taken though every answer was lost is waited for', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    faultAt(stack, 'lease', { action: 'drop-after-apply' })
    expectProblem(await refreshAt(stack, browser), 503, 'storage_unavailable')
    stack.storage.rules.clear()
    expect(await isSignedIn(stack, browser)).toBe(true)
    await stack.advance(31)
    expect((await refreshAt(stack, browser, 1)).status).toBe(200)
    expect(await askedTimes(stack)).toBe(1)
    await expectIntact(stack, browser)
  })

  test.for([
    ['412', { action: '412' }],
    ['500', { action: 'status', status: 500 }],
    ['reset', { action: 'reset' }],
  ] as [string, Omit<FaultRule, 'match'>][])(
    'D-07 at the write-back (%s): given up within 20 s, and Entra takes the old token again',
    async ([_name, rule], { stack }) => {
      await stack.admin.settings({ refreshMode: 'entra' })
      const browser = await signIn(stack)
      const fault = faultAt(stack, 'write-back', rule)
      const reply = refreshAt(stack, browser)
      await expect.poll(() => fault.hits(), { timeout: 20_000 }).toBeGreaterThan(3)
      await stack.advance(21)
      expectProblem(await reply, 503, 'storage_unavailable')
      stack.storage.rules.clear()
      expect(await isSignedIn(stack, browser)).toBe(true)
      await stack.advance(10)
      expect((await refreshAt(stack, browser, 1)).status).toBe(200)
      await expectIntact(stack, browser)
    },
  )

  test('D-11 a row that is deleted between token answer and write-back is not written again', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const fault = faultAt(stack, 'write-back', { action: 'status', status: 503 })
    const reply = refreshAt(stack, browser)
    await expect.poll(() => fault.hits(), { timeout: 20_000 }).toBeGreaterThan(0)
    await emptyTables(stack)
    fault.remove()
    expectProblem(await reply, 401, 'session_expired')
    expect(await countRows(stack)).toMatchObject({ sessions: 0 })
  })
})
