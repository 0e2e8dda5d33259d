import { randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { expectArrival, expectErrorPage, expectProblem } from '../support/answers.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { atInstance, signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest({ instances: 2, settings: { SESSION_IDLE_MINUTES: '1440' } })

const minute = 60
const hour = 60 * minute

/** Seconds that the clock of the instances is ahead. */
let clock = 0
/** The vault secret of this test. */
let name = ''
let firstVersion = ''

test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  name = `session-key-${randomBytes(4).toString('hex')}`
  firstVersion = addVersion(stack, -3 * hour)
  await stack.restart({ SESSION_KEY_NAME: name })
  await stack.admin.clearRequests()
  clearLines(stack)
})

/** Rotates: adds a version of the session key, made `secondsFromNow` from the clock's present. */
function addVersion(stack: Stack, secondsFromNow = 0): string {
  const createdAt = new Date(Date.now() + (clock + secondsFromNow) * 1000)
  return stack.vault.setSecret(name, newKey(), { createdAt })
}

function newKey(): string {
  return randomBytes(32).toString('base64url')
}

async function pass(stack: Stack, seconds: number): Promise<void> {
  clock += seconds
  await stack.moveClock(clock)
}

/** The key id in the browser's session cookie. */
function keyOf(browser: HttpBrowser): string | undefined {
  return browser.cookies.get('session')?.split('.')[1]
}

/** Signs in at every instance and gives the key ids that were written with. */
async function writingKeys(stack: Stack): Promise<(string | undefined)[]> {
  const browsers = await Promise.all(
    [0, 1].map((instance) => signIn(stack, createHttpBrowser(), { instance })),
  )
  return browsers.map(keyOf)
}

async function signedInEverywhere(stack: Stack, browser: HttpBrowser): Promise<boolean[]> {
  return [await isSignedIn(stack, browser, 0), await isSignedIn(stack, browser, 1)]
}

const yes = [true, true]
const no = [false, false]

describe('a version of the vault’s session key', () => {
  test('J-05 is written with only when it is 2 h old, and no session notices', async ({
    stack,
  }) => {
    const before = await signIn(stack)
    const version = addVersion(stack)
    await pass(stack, hour + 59 * minute)
    expect(await writingKeys(stack)).toEqual([keyOf(before), keyOf(before)])
    await pass(stack, minute)
    const [first, second] = await writingKeys(stack)
    expect(first).not.toBe(keyOf(before))
    expect(second).toBe(first)
    expect(await signedInEverywhere(stack, before)).toEqual(yes)
    expect((await refreshAt(stack, before, 1)).status).toBe(200)
    expect(linesOf(stack, 'bff.session_key.reloaded').map(({ version: read }) => read)).toEqual(
      expect.arrayContaining([version]),
    )
  })

  test('J-05 twice in a day: sessions under all three keys go on until their own end', async ({
    stack,
  }) => {
    const first = await signIn(stack)
    addVersion(stack)
    await pass(stack, hour)
    addVersion(stack)
    await pass(stack, hour + minute)
    const second = await signIn(stack)
    await pass(stack, hour)
    const third = await signIn(stack, createHttpBrowser(), { instance: 1 })
    expect(new Set([first, second, third].map(keyOf)).size).toBe(3)
    for (const browser of [first, second, third]) {
      expect(await signedInEverywhere(stack, browser)).toEqual(yes)
      expect((await refreshAt(stack, browser, 1)).status).toBe(200)
    }
    // 12 h after the first sign-in its session has ended, and only that one.
    await pass(stack, 9 * hour + 10 * minute)
    expect(await signedInEverywhere(stack, first)).toEqual(no)
    expect(await signedInEverywhere(stack, second)).toEqual(yes)
    await pass(stack, 2 * hour)
    expect(await signedInEverywhere(stack, second)).toEqual(no)
    expect(await signedInEverywhere(stack, third)).toEqual(yes)
  })

  test('J-05 a login under the old key ends under it, at an instance that writes with the new one', async ({
    stack,
  }) => {
    addVersion(stack)
    await pass(stack, hour + 59 * minute)
    const browser = createHttpBrowser()
    const { login, callbackUrl } = await startSignIn(stack, browser)
    await pass(stack, 2 * minute)
    const other = await signIn(stack, createHttpBrowser(), { instance: 1 })
    expectArrival(await browser.navigate(atInstance(stack, callbackUrl, 1)), `${stack.origin}/`)
    const state = new URL(login.headers['location']!).searchParams.get('state')!
    expect(keyOf(browser)).toBe(state.split('.')[1])
    expect(keyOf(browser)).not.toBe(keyOf(other))
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
  })

  test('J-05 a refresh that runs while the new key takes over is written under the old one', async ({
    stack,
  }) => {
    addVersion(stack)
    await pass(stack, hour + 59 * minute)
    const browser = await signIn(stack)
    await stack.admin.settings({ refreshMode: 'strict' })
    await stack.admin.fault({ on: 'token', delayMs: 1000 })
    const refreshing = refreshAt(stack, browser)
    await expect.poll(async () => (await refreshRequests(stack)).length).toBe(1)
    await pass(stack, 15)
    await pass(stack, minute)
    expect((await refreshing).status).toBe(200)
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
    await pass(stack, minute)
    expect((await refreshAt(stack, browser, 1)).status).toBe(200)
    await stack.admin.settings({ refreshMode: 'entra' })
  })

  test('J-05 B-21 a repeated callback after the change is given the same session', async ({
    stack,
  }) => {
    addVersion(stack)
    await pass(stack, hour + 59 * minute + 20)
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    const again = browser.clone()
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
    await pass(stack, 40)
    const other = await signIn(stack, createHttpBrowser(), { instance: 1 })
    expect(keyOf(other)).not.toBe(keyOf(browser))
    expectArrival(await again.navigate(atInstance(stack, callbackUrl, 1)), `${stack.origin}/`)
    expect(again.cookies.get('session')).toBe(browser.cookies.get('session'))
    expect(await countRows(stack)).toMatchObject({ sessions: 2, sessionIndex: 4 })
  })

  test('J-05 that an instance has not listed yet is looked up at once, but once a minute', async ({
    stack,
  }) => {
    const stale = await signIn(stack, createHttpBrowser(), { instance: 1 })
    await pass(stack, 10 * minute)
    // A vault that was restored: the version is old, but instance 1 has never seen it.
    addVersion(stack, -2 * hour - minute)
    await stack.hosts[0]!.reload()
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    stack.vault.resetCalls()
    expectArrival(await browser.navigate(atInstance(stack, callbackUrl, 1)), `${stack.origin}/`)
    expect(keyOf(browser)).not.toBe(keyOf(stale))
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
    expect(await signedInEverywhere(stack, stale)).toEqual(yes)
    const listings = stack.vault.calls('listVersions', name)
    const forged = browser.clone()
    for (const id of ['00000000', '11111111', 'ffffffff']) {
      forged.cookies.set('session', browser.cookies.get('session')!.replace(/[0-9a-f]{8}/, id))
      expect(await isSignedIn(stack, forged, 1)).toBe(false)
    }
    expect(stack.vault.calls('listVersions', name)).toBe(listings)
    await pass(stack, 61)
    expect(await isSignedIn(stack, forged, 1)).toBe(false)
    expect(await isSignedIn(stack, forged, 1)).toBe(false)
    expect(stack.vault.calls('listVersions', name)).toBe(listings + 1)
  })
})

describe('a version that is removed too early', () => {
  test('J-05 E-12 signs its sessions out, keeps their cookies and touches no other session', async ({
    stack,
  }) => {
    const removed = await signIn(stack)
    addVersion(stack)
    await pass(stack, hour + 59 * minute)
    const { callbackUrl } = await startSignIn(stack, removed)
    await pass(stack, 2 * minute)
    const other = await signIn(stack)
    expect(keyOf(other)).not.toBe(keyOf(removed))
    stack.vault.removeVersion(name, firstVersion)
    await pass(stack, 61 * minute)
    for (const instance of [0, 1]) {
      const reply = await callAt(stack, removed, 'GET /auth/session', instance)
      expect(reply.json()).toMatchObject({ authenticated: false })
      expect(reply.setCookies).toEqual([])
      const refused = await refreshAt(stack, removed, instance)
      expectProblem(refused, 401, 'session_expired')
      expect(refused.setCookies).toEqual([])
    }
    expectErrorPage(await removed.navigate(callbackUrl), 400, 'login_not_started')
    await signIn(stack, removed, { user: 'rita@contoso.test' })
    expect(keyOf(removed)).toBe(keyOf(other))
    expect(await signedInEverywhere(stack, removed)).toEqual(yes)
    expect(await signedInEverywhere(stack, other)).toEqual(yes)
  })

  test('J-05 a cookie of it keeps nobody from signing in while the vault is away', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    browser.cookies.set(
      'session',
      browser.cookies.get('session')!.replace(/[0-9a-f]{8}/, '0'.repeat(8)),
    )
    await pass(stack, 2 * minute)
    stack.vault.setFault({ kind: 'down' })
    await signIn(stack, browser)
    expect(await isSignedIn(stack, browser)).toBe(true)
  })
})

describe('a vault that is away', () => {
  test('J-02 J-05 does not stop instances that know the keys: a rotation only comes later', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    expect(await isSignedIn(stack, browser, 1)).toBe(true)
    addVersion(stack)
    stack.vault.setFault({ kind: 'down' })
    for (let hours = 0; hours < 3; hours++) {
      await pass(stack, hour)
      expect(await signedInEverywhere(stack, browser)).toEqual(yes)
      expect((await refreshAt(stack, browser, 1)).status).toBe(200)
      expect(await writingKeys(stack)).toEqual([keyOf(browser), keyOf(browser)])
    }
    stack.vault.setFault(undefined)
    await pass(stack, 2 * minute)
    const [first, second] = await writingKeys(stack)
    expect(first).not.toBe(keyOf(browser))
    expect(second).toBe(first)
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
  })

  test('E-11 a key that cannot be looked up is 503, never "signed out"', async ({ stack }) => {
    const before = await signIn(stack, createHttpBrowser(), { instance: 1 })
    await pass(stack, 10 * minute)
    addVersion(stack, -2 * hour - minute)
    await stack.hosts[0]!.reload()
    const browser = await signIn(stack)
    expect(keyOf(browser)).not.toBe(keyOf(before))
    stack.vault.setFault({ kind: 'down' })
    for (const call of ['GET /auth/session', 'POST /auth/refresh'] as const) {
      const reply = await callAt(stack, browser, call, 1)
      expectProblem(reply, 503, 'vault_unavailable')
      expect(reply.setCookies).toEqual([])
    }
    expect(await isSignedIn(stack, before, 1)).toBe(true)
    stack.vault.setFault(undefined)
    await pass(stack, 61)
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
  })

  test('E-11 J-06 an instance that starts without it answers 503 and recovers by itself', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    stack.vault.setFault({ kind: 'down' })
    await stack.hosts[1]!.reload()
    expectProblem(await callAt(stack, browser, 'GET /auth/session', 1), 503, 'vault_unavailable')
    const login = await createHttpBrowser().navigate(stack.url('/auth/login', 1))
    expectErrorPage(login, 503, 'vault_unavailable')
    expect(await isSignedIn(stack, browser, 0)).toBe(true)
    stack.vault.setFault(undefined)
    await pass(stack, 61)
    expect(await signedInEverywhere(stack, browser)).toEqual(yes)
  })
})

describe('plain session keys', () => {
  test('J-05 the first writes, all read: append, swap, remove, instance by instance', async ({
    stack,
  }) => {
    const [old, next] = [newKey(), newKey()]
    const use = (stack: Stack, keys: readonly string[], ...instances: number[]) =>
      Promise.all(
        instances.map((instance) =>
          stack.hosts[instance]!.reload({ ...stack.env, SESSION_KEY: keys.join(',') }),
        ),
      )
    await use(stack, [old], 0, 1)
    const before = await signIn(stack)
    await use(stack, [old, next], 0)
    expect(new Set(await writingKeys(stack))).toEqual(new Set([keyOf(before)]))
    await use(stack, [old, next], 1)
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser, { instance: 1 })
    await use(stack, [next, old], 0)
    const after = await signIn(stack)
    expect(keyOf(after)).not.toBe(keyOf(before))
    expectArrival(await browser.navigate(callbackUrl), `${stack.origin}/`)
    expect(keyOf(browser)).toBe(keyOf(before))
    for (const signedIn of [before, after, browser])
      expect(await signedInEverywhere(stack, signedIn)).toEqual(yes)
    await use(stack, [next], 0, 1)
    expect(await signedInEverywhere(stack, before)).toEqual(no)
    expect(await signedInEverywhere(stack, after)).toEqual(yes)
    expectProblem(await refreshAt(stack, before), 401, 'session_expired')
    expect(before.cookies.has('session')).toBe(true)
  })
})
