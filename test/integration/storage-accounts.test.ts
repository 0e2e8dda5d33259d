import { randomUUID } from 'node:crypto'
import { TableClient } from '@azure/data-tables'
import { describe, expect } from 'vitest'
import { expectArrival, expectProblem } from '../support/answers.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { callAt, clearLines, isSignedIn, linesOf, refreshAt } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import type { TableName } from '../support/table-rows.ts'

const test = stackTest({ instances: 2, accounts: 2 })

const tables: readonly TableName[] = ['signIns', 'sessions', 'sessionIndex']

/** Connection strings of the two accounts, through the fault proxy. */
let first = ''
let second = ''

test.beforeAll(async ({ stack }) => {
  ;[first = '', second = ''] = stack.env['TABLES_ENDPOINT']!.split(',')
  // So that every table exists.
  await signInUntil(stack, [0, 1])
})
test.beforeEach(async ({ stack }) => {
  for (const account of [0, 1])
    for (const name of tables)
      for await (const { partitionKey, rowKey } of tableIn(stack, account, name).listEntities())
        await tableIn(stack, account, name).deleteEntity(partitionKey!, rowKey!)
  clearLines(stack)
})

function nameOf(connectionString: string): string {
  return /AccountName=(\w+)/.exec(connectionString)![1]!
}

/** A table of one account, past the fault proxy. */
function tableIn(stack: Stack, account: number, name: TableName): TableClient {
  return TableClient.fromConnectionString(stack.azurite.connectionStrings[account]!, name, {
    allowInsecureConnection: true,
  })
}

async function rowsIn(stack: Stack, account: number, name: TableName): Promise<number> {
  let rows = 0
  for await (const page of tableIn(stack, account, name).listEntities().byPage())
    rows += page.length
  return rows
}

/** Which account the browser's session lies in: the first digit of its shard. */
function accountOf(browser: HttpBrowser): number {
  return Number(browser.cookies.get('session')!.split('.')[2]![0])
}

/** Sign-ins until each of the accounts holds at least one of their sessions. */
async function signInUntil(
  stack: Stack,
  accounts: readonly number[],
  user?: string,
): Promise<HttpBrowser[]> {
  const browsers: HttpBrowser[] = []
  while (!accounts.every((account) => browsers.some((each) => accountOf(each) === account)))
    browsers.push(await signIn(stack, createHttpBrowser(), user === undefined ? {} : { user }))
  return browsers
}

async function useTables(stack: Stack, list: string, ...instances: number[]): Promise<void> {
  await Promise.all(
    instances.map((instance) =>
      stack.hosts[instance]!.reload({ ...stack.env, TABLES_ENDPOINT: list }),
    ),
  )
}

async function expectAllSignedIn(stack: Stack, browsers: readonly HttpBrowser[]): Promise<void> {
  for (const browser of browsers)
    for (const instance of [0, 1]) expect(await isSignedIn(stack, browser, instance)).toBe(true)
}

/** Breaks every call to one account. */
function takeDown(stack: Stack, account: number) {
  return stack.storage.rules.add({
    match: (_method, path) =>
      path.startsWith(`/${nameOf(stack.azurite.connectionStrings[account]!)}/`),
    action: 'status',
    status: 503,
  })
}

describe('rows of two accounts', () => {
  test('spread over both, and every row of a session lies in its account', async ({ stack }) => {
    const browsers = await signInUntil(stack, [0, 1])
    for (const account of [0, 1]) {
      const own = browsers.filter((browser) => accountOf(browser) === account).length
      expect(await rowsIn(stack, account, 'sessions')).toBe(own)
      expect(await rowsIn(stack, account, 'signIns')).toBe(own)
      expect(await rowsIn(stack, account, 'sessionIndex')).toBe(2 * own)
    }
    await expectAllSignedIn(stack, browsers)
  })

  test('E-14 H-08 are listed and ended together, wherever they lie', async ({ stack }) => {
    const browsers = await signInUntil(stack, [0, 1])
    const other = await signIn(stack, undefined, { user: 'rita@contoso.test' })
    const listed = await callAt(stack, browsers[0]!, 'GET /auth/sessions', 1)
    expect(listed.json<{ sessions: unknown[] }>().sessions).toHaveLength(browsers.length)
    const body = '{"everywhere":true}'
    expect((await callAt(stack, browsers[0]!, 'POST /auth/logout', 1, { body })).status).toBe(200)
    for (const browser of browsers) expect(await isSignedIn(stack, browser)).toBe(false)
    expect(await isSignedIn(stack, other)).toBe(true)
    expect((await rowsIn(stack, 0, 'sessions')) + (await rowsIn(stack, 1, 'sessions'))).toBe(1)
  })
})

describe('the list of accounts', () => {
  test('grows while sessions live and logins are under way, instance by instance', async ({
    stack,
  }) => {
    await useTables(stack, first, 0, 1)
    const before = await signInUntil(stack, [0])
    const middle = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, middle)
    // Appended closed, so that every instance can read it before any writes there.
    await useTables(stack, `${first},-${second}`, 0)
    await expectAllSignedIn(stack, before)
    expectArrival(await middle.navigate(callbackUrl), `${stack.origin}/`)
    await useTables(stack, `${first},-${second}`, 1)
    expect(await rowsIn(stack, 1, 'sessions')).toBe(0)
    await useTables(stack, `${first},${second}`, 0)
    const after = await signInUntil(stack, [1])
    await expectAllSignedIn(stack, [...before, middle, ...after])
    await useTables(stack, `${first},${second}`, 1)
    await expectAllSignedIn(stack, [...before, middle, ...after])
    for (const browser of [...before, ...after])
      expect((await refreshAt(stack, browser, 1)).status).toBe(200)
  })

  test('an account that is closed takes no new rows, and its sessions go on', async ({ stack }) => {
    const before = await signInUntil(stack, [0, 1])
    const middle = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, middle)
    const [inFirst] = before.filter((browser) => accountOf(browser) === 0)
    await useTables(stack, `-${first},${second}`, 0, 1)
    // A login that has begun there ends there.
    expectArrival(await middle.navigate(callbackUrl), `${stack.origin}/`)
    const rows = await rowsIn(stack, 0, 'sessions')
    const after = await Promise.all([1, 2, 3, 4, 5, 6].map(() => signIn(stack)))
    expect(after.map(accountOf)).toEqual(after.map(() => 1))
    expect(await rowsIn(stack, 0, 'sessions')).toBe(rows)
    await expectAllSignedIn(stack, [...before, middle, ...after])
    expect((await refreshAt(stack, inFirst!)).status).toBe(200)
    expect((await callAt(stack, inFirst!, 'POST /auth/logout')).status).toBe(200)
    expect(await rowsIn(stack, 0, 'sessions')).toBe(rows - 1)
    await useTables(stack, `${first},${second}`, 0, 1)
  })

  test('a shard of an account that is not listed finds nothing, and costs no storage call', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    const cookie = browser.cookies.get('session')!
    browser.cookies.set('session', cookie.replace(/\.[0-9a-f]{2}(\d{6})\./, '.f0$1.'))
    stack.storage.reset()
    expect(await isSignedIn(stack, browser)).toBe(false)
    expect(stack.storage.requests).toEqual([])
  })
})

describe('an account that is down', () => {
  test('E-11 costs its own sessions a 503, the others nothing', async ({ stack }) => {
    const browsers = await signInUntil(stack, [0, 1])
    takeDown(stack, 1)
    for (const browser of browsers) {
      const reply = await callAt(stack, browser, 'GET /auth/session')
      if (accountOf(browser) === 0) expect(reply.json()).toMatchObject({ authenticated: true })
      else expectProblem(reply, 503, 'storage_unavailable')
      expect(reply.setCookies).toEqual([])
    }
    stack.storage.rules.clear()
    await expectAllSignedIn(stack, browsers)
  })

  test('H-06 lets nobody believe that they are signed out everywhere', async ({ stack }) => {
    const browsers = await signInUntil(stack, [0, 1])
    const [inFirst] = browsers.filter((browser) => accountOf(browser) === 0)
    takeDown(stack, 1)
    const body = '{"everywhere":true}'
    expectProblem(
      await callAt(stack, inFirst!, 'POST /auth/logout', 0, { body }),
      503,
      'storage_unavailable',
    )
    stack.storage.rules.clear()
    expect((await callAt(stack, inFirst!, 'POST /auth/logout', 0, { body })).status).toBe(200)
    for (const browser of browsers) expect(await isSignedIn(stack, browser)).toBe(false)
  })
})

describe('front-channel sign-out with an account down', () => {
  test('H-08 ends the sessions that can be reached, and says so of the others', async ({
    stack,
  }) => {
    const laptop = `laptop-${randomUUID()}`
    const browsers: HttpBrowser[] = []
    let sid = ''
    while (new Set(browsers.map(accountOf)).size < 2) {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser, { browser: laptop })
      expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
      sid = callbackUrl.searchParams.get('session_state')!
      browsers.push(browser)
    }
    takeDown(stack, 1)
    const frame = stack.url(`/auth/logout/frontchannel?sid=${sid}`)
    expect((await createHttpBrowser().send(frame)).status).toBe(200)
    expect(linesOf(stack, 'bff.dependency.failed').at(-1)).toMatchObject({ dependency: 'tables' })
    stack.storage.rules.clear()
    for (const browser of browsers)
      expect(await isSignedIn(stack, browser)).toBe(accountOf(browser) === 1)
  })
})

describe('the sweep', () => {
  const sweep = (stack: Stack, instance = 0) => stack.hosts[instance]!.runTimer('sweepExpired')
  const report = (stack: Stack) => linesOf(stack, 'bff.sweep.finished').at(-1)
  const all = async (stack: Stack) => {
    const counts = await Promise.all(
      [0, 1].flatMap((account) => tables.map((name) => rowsIn(stack, account, name))),
    )
    return counts.reduce((sum, count) => sum + count, 0)
  }

  test('L-07 K-04 deletes what has expired in both accounts, and tells its figures', async ({
    stack,
  }) => {
    const old = await signInUntil(stack, [0, 1])
    await sweep(stack)
    expect(report(stack)).toMatchObject({ deleted: 0, complete: true, oldestExpiredSeconds: 0 })
    await stack.advance(16 * 3600)
    const live = await signInUntil(stack, [0, 1])
    await sweep(stack)
    // Of each old sign-in a login and a session; index rows are not counted.
    expect(report(stack)).toMatchObject({
      function: 'sweepExpired',
      deleted: 2 * old.length,
      complete: true,
      durationMs: expect.any(Number),
    })
    expect(report(stack)!.scanned).toBeGreaterThanOrEqual(2 * old.length)
    expect(report(stack)!.oldestExpiredSeconds).toBeGreaterThan(15 * 3600)
    expect(await all(stack)).toBe(4 * live.length)
    await expectAllSignedIn(stack, live)
  })

  test('L-07 that runs out of time says so, and the next one finishes', async ({ stack }) => {
    await signInUntil(stack, [0, 1])
    await stack.advance(16 * 3600)
    const delay = stack.storage.rules.add({ action: 'delay', ms: 400 })
    stack.storage.reset()
    const running = sweep(stack)
    await expect.poll(() => stack.storage.requests.length).toBeGreaterThan(0)
    await stack.advance(181)
    await running
    expect(report(stack)).toMatchObject({ complete: false })
    expect(await all(stack)).toBeGreaterThan(0)
    delay.remove()
    await sweep(stack)
    expect(report(stack)).toMatchObject({ complete: true })
    expect(await all(stack)).toBe(0)
  })

  test('L-07 two at once, on two instances, meet no fault', async ({ stack }) => {
    await signInUntil(stack, [0, 1])
    await stack.advance(16 * 3600)
    await Promise.all([sweep(stack, 0), sweep(stack, 1)])
    expect(linesOf(stack, 'bff.sweep.finished').map(({ complete }) => complete)).toEqual([
      true,
      true,
    ])
    expect(linesOf(stack, 'bff.dependency.failed')).toEqual([])
    expect(await all(stack)).toBe(0)
  })

  test('L-07 goes on in one account while the other is down', async ({ stack }) => {
    await signInUntil(stack, [0, 1])
    await stack.advance(16 * 3600)
    takeDown(stack, 0)
    await sweep(stack)
    expect(report(stack)).toMatchObject({ complete: false })
    const fault = { dependency: 'tables', code: 'storage_unavailable', status: 503 }
    expect(linesOf(stack, 'bff.dependency.failed').at(-1)).toMatchObject(fault)
    const faults = linesOf(stack, 'bff.dependency.failed').length
    expect(await rowsIn(stack, 1, 'sessions')).toBe(0)
    expect(await rowsIn(stack, 0, 'sessions')).toBeGreaterThan(0)
    stack.storage.rules.clear()
    await sweep(stack)
    expect(await all(stack)).toBe(0)
    takeDown(stack, 0)
    takeDown(stack, 1)
    await sweep(stack)
    expect(linesOf(stack, 'bff.dependency.failed')).toHaveLength(faults + 2)
  })

  test('finds index rows whose session is gone, once a day', async ({ stack }) => {
    const [browser] = await signInUntil(stack, [0, 1])
    for (const account of [0, 1])
      for await (const { partitionKey, rowKey } of tableIn(
        stack,
        account,
        'sessions',
      ).listEntities())
        await tableIn(stack, account, 'sessions').deleteEntity(partitionKey!, rowKey!)
    expect(await isSignedIn(stack, browser!)).toBe(false)
    await stack.advance(25 * 3600)
    await sweep(stack)
    expect(await all(stack)).toBe(0)
  })
})
