import { expect } from 'vitest'
import { expectErrorPage, expectProblem } from '../support/answers.ts'
import { createHttpBrowser } from '../support/http-browser.ts'
import {
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, startSignIn } from '../support/stack.ts'
import { emptyTables, rowsOf } from '../support/table-rows.ts'

const test = stackTest({ instances: 2 })

test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.moveClock(0)
  await stack.admin.settings({ refreshMode: 'strict' })
  clearLines(stack)
})

test.for([
  ['behind', -420, 420],
  ['ahead', 3690, -3690],
] as const)(
  'D-07 D-09 a clock %s beyond what tokens allow signs nobody out, and no rotated token is lost',
  async ([_name, offset, skew], { stack }) => {
    await stack.restart({ SESSION_IDLE_MINUTES: '600' })
    const browser = await signIn(stack)
    const stranger = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, stranger)
    await stack.hosts[0]!.moveClock(offset * 1000)
    expectProblem(await refreshAt(stack, browser, 0), 503, 'identity_provider_unavailable')
    expect(await isSignedIn(stack, browser, 0)).toBe(true)
    const [told] = linesOf(stack, 'bff.clock.skewed')
    expect(told).toMatchObject({ dependency: 'identity_provider', function: 'refresh' })
    expect(Math.abs(told!.skewSeconds! - skew)).toBeLessThan(10)
    if (offset < 0) {
      expectErrorPage(await stranger.navigate(callbackUrl), 400, 'login_failed')
      expect(linesOf(stack, 'bff.login.failed')).toMatchObject([{ reason: 'clock_skew' }])
    }
    await stack.hosts[0]!.moveClock(0)
    // With strict rotation only the token of the refused answer works by now.
    await stack.moveClock(Math.max(offset, 0) + 60)
    expect((await refreshAt(stack, browser, 1)).status).toBe(200)
    expect(linesOf(stack, 'bff.session.ended')).toEqual([])
  },
)

test.for([
  ['the refused one first', 1500, 0],
  ['the renewed one first', 500, 1500],
] as const)(
  'D-04 D-05 an instance 120 s ahead takes a lease that stands: the rotated token is kept, answered %s',
  async ([_order, renewedAfter, refusedAfter], { stack }) => {
    const browser = await signIn(stack)
    await stack.hosts[1]!.moveClock(120_000)
    await stack.admin.settings({ refreshMode: 'entra' })
    await stack.admin.clearRequests()
    await stack.admin.fault({ on: 'token', delayMs: renewedAfter })
    const first = refreshAt(stack, browser.clone(), 0)
    await expect.poll(() => refreshRequests(stack)).toHaveLength(1)
    await stack.admin.fault({ on: 'token', delayMs: refusedAfter, error: { code: 70000 } })
    const second = refreshAt(stack, browser.clone(), 1)
    expect((await first).status).toBe(200)
    expect([200, 503]).toContain((await second).status)
    expect(await refreshRequests(stack)).toHaveLength(2)
    expect(await rowsOf(stack, 'sessions')).toMatchObject([{ generation: 2 }])
    expect(linesOf(stack, 'bff.session.ended')).toEqual([])
    await stack.moveClock(60)
    expect((await refreshAt(stack, browser)).status).toBe(200)
  },
)
