import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest'
import { startDemoApp } from '../../../dev/demo-app/demo-app.ts'
import type { LoopbackServer } from '../../../dev/loopback-server.ts'
import { layoutFaults } from '../../support/layout-faults.ts'
import { accessibilityViolations } from '../../support/accessibility.ts'
import { browserTest as test } from '../../support/browser.ts'
import { startStubBff } from './stub-bff.ts'

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

let demoApp: LoopbackServer
let bff: Awaited<ReturnType<typeof startStubBff>>

beforeAll(async () => {
  demoApp = await startDemoApp()
  bff = await startStubBff(demoApp.origin)
})

afterAll(async () => {
  await bff.stop()
  await demoApp.stop()
})

beforeEach(() => {
  bff.reset()
})

test('shows whose session it is, what scripts see and how the sign-in went', async ({
  context,
}) => {
  const page = await open(context, '/session')
  await page.getByRole('heading', { name: 'Signed in as Ada Lovelace' }).waitFor()
  expect(await page.title()).toBe('Ada Lovelace · Session')
  const text = await page.locator('main').innerText()
  expect(text).toContain('ada@contoso.test · Admin · tenant 7c9e6679')
  expect(text).toMatch(/4[12] of 45 minutes left, renewed on use. Ends at .* at the latest/)
  expect(text).toContain('"idleExpiresIn": 2520')
  await page.locator('#steps tr').nth(3).waitFor()
  expect(await page.locator('#steps tbody tr').allInnerTexts()).toEqual([
    'GET /auth/login\t302\t3 ms',
    'GET /auth/callback\t200\t41 ms',
    'GET /auth/session\t200\t4 ms',
  ])
})

test('signed out it offers one way in', async ({ context }) => {
  bff.state.signedIn = false
  const page = await open(context, '/session')
  await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Signed in as Ada' }).waitFor()
  expect(calls()).toContain('GET /auth/login?returnTo=%2Fsession')
})

test('calls the API with the anti-forgery header and shows the answer', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByRole('button', { name: 'Call the API' }).click()
  await page
    .getByText(/GET \/api\/demo\/me: 200/)
    .last()
    .waitFor()
  expect(await page.locator('[data-field="answer-body"]').innerText()).toContain('"headers"')
  expect(bff.state.calls.find(({ path }) => path === '/api/demo/me')?.csrf).toBe('1')
})

test('a further sign-in step is offered and the call then made again', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByText('More to try').click()
  const loginUrl = `${new URL(page.url()).origin}/auth/login?step=abc`
  bff.state.apiFailure = { status: 401, code: 'interaction_required', loginUrl }
  await page.getByRole('button', { name: 'Call the sensitive API' }).click()
  const link = page.getByRole('link', { name: 'Go on to sign-in' })
  const target = new URL((await link.getAttribute('href')) ?? '')
  expect(target.searchParams.get('step')).toBe('abc')
  expect(target.searchParams.get('returnTo')).toBe('/session?call=sensitive')

  bff.state.apiFailure = undefined
  await page.goto(`${target.origin}/session?call=sensitive`)
  await page.getByText('a round figure').waitFor()
  expect(new URL(page.url()).search).toBe('')
})

test('a renewal that was not due is told as such, and an old answer of the API goes', async ({
  context,
}) => {
  const page = await open(context, '/session')
  await page.getByRole('button', { name: 'Call the API' }).click()
  await page.locator('[data-field="answer-body"]').getByText('headers').waitFor()
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.getByText('Done. The access token on the server has').waitFor()
  expect(await page.locator('[data-answer]').isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.getByText('Nothing was due. The access token on the server has').waitFor()
})

test('refreshing shows the new lifetime and counts', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByText('11 minutes left.').waitFor()
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.getByText(/(59|60) minutes left. Refreshed once./).waitFor()
  expect(calls().filter((call) => call === 'POST /auth/refresh')).toHaveLength(1)
})

test('an outage keeps what is shown, says so and can be tried again', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByRole('heading', { name: 'Signed in as Ada' }).waitFor()
  bff.state.failure = { status: 503, code: 'identity_provider_unavailable' }
  await page.getByRole('button', { name: 'Refresh now' }).click()
  const alert = page.getByRole('alert')
  await alert.getByText('Try again in 5 seconds').waitFor()
  expect(await alert.innerText()).toContain('identity_provider_unavailable')
  expect(
    await alert.locator('.notice').evaluate((it) => it === it.ownerDocument.activeElement),
  ).toBe(true)
  expect(await page.locator('h1').innerText()).toBe('Signed in as Ada Lovelace')

  bff.state.failure = undefined
  await alert.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('Refreshed once.').waitFor()
  expect(await alert.innerText()).toBe('')
})

test('a session that ended meanwhile is shown as signed out', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByRole('heading', { name: 'Signed in as Ada' }).waitFor()
  bff.state.signedIn = false
  bff.state.apiFailure = { status: 401, code: 'session_expired' }
  await page.getByRole('button', { name: 'Call the API' }).click()
  await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
  expect(await page.title()).toBe('Signed out · Session')
})

test('a second tab follows a sign-out and a sign-in', async ({ context }) => {
  const first = await open(context, '/session')
  const second = await open(context, '/')
  await second.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor()
  await first.getByRole('button', { name: 'Sign out', exact: true }).click()
  await first.getByRole('heading', { name: 'You are signed out' }).waitFor()
  await second.getByRole('link', { name: 'Sign in' }).waitFor()

  await first.getByRole('link', { name: 'Sign in again' }).click()
  await second.getByRole('heading', { name: 'Hello, Ada Lovelace' }).waitFor()
  expect(second.url()).toBe(`${bff.origin}/`)
})

test('a page from the back-forward cache forgets whose it was until the server answers', async ({
  context,
}) => {
  const page = await open(context, '/session')
  bff.state.failure = { status: 503, code: 'storage_unavailable' }
  await page.evaluate('dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }))')
  await page.getByRole('alert').getByText('storage_unavailable').waitFor()
  expect(await page.locator('main').innerText()).not.toMatch(/Ada|ada@/)
})

test('an outage at the first look says that nothing is known yet', async ({ context }) => {
  bff.state.failure = { status: 503, code: 'storage_unavailable' }
  const page = await context.newPage()
  await page.goto(`${bff.origin}/session`)
  await page.getByText('Not known yet.').waitFor()
  bff.state.failure = undefined
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByRole('heading', { name: 'Signed in as Ada Lovelace' }).waitFor()
  expect(await page.locator('main').innerText()).not.toContain('Not known yet.')
})

test('signing out everywhere says so to the server', async ({ context }) => {
  const page = await open(context, '/session')
  await page.getByText('More to try').click()
  await page.getByRole('button', { name: 'Sign out everywhere' }).click()
  await page.getByRole('heading', { name: 'You are signed out' }).waitFor()
  const logout = bff.state.calls.find(({ path }) => path === '/auth/logout')
  expect(JSON.parse(logout?.body ?? '')).toEqual({ returnTo: '/signed-out', everywhere: true })
})

test('the end of the session is announced in time and can be put off', async ({ context }) => {
  bff.state.idleExpiresIn = 50
  const page = await open(context, '/session')
  const warning = page.getByRole('status').getByText('Your session ends')
  await warning.waitFor()
  expect(await page.title()).toMatch(/^Session ends soon/)
  bff.state.idleExpiresIn = 3600
  await page.getByRole('button', { name: 'Stay signed in' }).click()
  await warning.waitFor({ state: 'detached' })
  // The warning goes at once, the title with the server's answer.
  await expect.poll(() => page.title()).toBe('Ada Lovelace · Session')
  expect(calls().at(-1)).toBe('GET /auth/session')
})

test('a session at its longest time can only be begun anew', async ({ context }) => {
  bff.state.expiresIn = 60
  const page = await open(context, '/session')
  await page.getByText('it has reached its longest time').waitFor()
  await page.getByRole('status').getByRole('link', { name: 'Sign in again' }).waitFor()
  expect(await page.getByRole('button', { name: 'Stay signed in' }).count()).toBe(0)
})

test('when time is up the server is asked, not assumed', async ({ context }) => {
  bff.state.idleExpiresIn = 1
  const page = await open(context, '/session')
  await page.getByRole('heading', { name: 'Signed in as Ada' }).waitFor()
  await expect.poll(calls, { timeout: 30_000 }).toContain('GET /auth/session?slide=false')
  bff.state.signedIn = false
  await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
})

test('why a sign-in failed is shown once and leaves the address', async ({ context }) => {
  bff.state.signedIn = false
  const page = await open(
    context,
    '/?auth_error=login_cancelled&cid=4bf92f3577b34da6a3ce929d0e0e4736&a=1',
  )
  await page.getByRole('status').getByText('You cancelled the sign-in.').waitFor()
  expect(new URL(page.url()).search).toBe('?a=1')
})

test('without JavaScript the same things are links', async ({ browser }) => {
  const plain = await browser.newContext({ javaScriptEnabled: false })
  const page = await plain.newPage()
  await page.goto(`${bff.origin}/session`)
  const names = await page.locator('main').getByRole('link').allInnerTexts()
  expect(names).toEqual(['Sign in', 'Session as JSON', 'Sign out'])
  await plain.close()
})

const views: [path: string, signedIn: boolean][] = [
  ['/', true],
  ['/session', true],
  ['/', false],
  ['/session', false],
  ['/signed-out', false],
  ['/nothing', false],
]

test('is accessible, and fits a window of 320 pixels', async ({ context }) => {
  const page = await context.newPage()
  await page.setViewportSize({ width: 320, height: 640 })
  for (const [path, signedIn] of views) {
    bff.state.signedIn = signedIn
    await show(page, path)
    for (const width of [1280, 320]) expect(await layoutFaults(page, width), path).toEqual([])
    expect(await accessibilityViolations(page), path).toEqual([])
  }
})

test('a problem with its actions is accessible', async ({ context }) => {
  const page = await open(context, '/session')
  bff.state.apiFailure = { status: 503, code: 'storage_unavailable' }
  await page.getByText('More to try').click()
  await page.getByRole('button', { name: 'Call the API' }).click()
  await page.getByRole('alert').getByRole('button').waitFor()
  expect(await accessibilityViolations(page)).toEqual([])
})

async function open(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage()
  await show(page, path)
  return page
}

async function show(page: Page, path: string): Promise<void> {
  await page.goto(bff.origin + path)
  if (path !== '/nothing') await page.locator('body[data-state]').waitFor()
}

function calls(): string[] {
  return bff.state.calls
    .filter(({ path }) => path.startsWith('/auth/'))
    .map(({ method, path }) => `${method} ${path}`)
}
