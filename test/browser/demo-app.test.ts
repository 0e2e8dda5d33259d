import type { BrowserContext, Page } from 'playwright-core'
import { expect, vi } from 'vitest'
import { accessibilityViolations } from '../support/accessibility.ts'
import type { LocalStack } from '../support/local-stack.ts'
import { localStackTest } from '../support/local-stack-test.ts'

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const test = localStackTest({ values: { REFRESH_COOLDOWN_SECONDS: '0' } })

test('a person signs in from the start page and sees whose session it is', async ({
  context,
  stack,
}) => {
  const page = await context.newPage()
  await page.goto(stack.origin)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await pick(page, 'ada@contoso.test')
  await page.getByRole('heading', { name: 'Hello, Ada Admin' }).waitFor()

  await page.getByRole('link', { name: 'Look at the session' }).click()
  await page.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  expect(await page.locator('[data-field="who"]').innerText()).toContain('ada@contoso.test · Admin')
  expect(await page.evaluate('document.cookie')).toBe('')
  await page.locator('#steps tbody tr').nth(2).waitFor()
  const steps = await page.locator('#steps tbody tr').allInnerTexts()
  expect(steps.map((step) => step.split('\t').slice(0, 2).join(' '))).toEqual([
    'GET /auth/login 302',
    'GET /auth/callback 200',
    'GET /auth/session 200',
  ])
})

test('the session outlives a reload and a closed tab', async ({ context, stack }) => {
  const page = await signIn(stack, context)
  await page.reload()
  await page.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  await page.close()
  const next = await context.newPage()
  await next.goto(`${stack.origin}/session`)
  await next.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  expect(next.url()).toBe(`${stack.origin}/session`)
})

test('the session page refreshes and calls APIs, and no script sees a token', async ({
  context,
  stack,
}) => {
  const page = await signIn(stack, context)
  await page.getByRole('button', { name: 'Refresh now' }).click()
  await page.getByRole('status').getByText('The access token on the server has').waitFor()

  await page.getByRole('button', { name: 'Call the API' }).click()
  const answer = page.locator('[data-field="answer-body"]')
  await answer.getByText('"name": "Ada Admin"').waitFor()
  expect(await answer.innerText()).toContain('"authorization"')
  expect(await answer.innerText()).not.toContain('"cookie"')

  await page.getByText('More to try').click()
  await page.getByRole('button', { name: 'Call a failing API' }).click()
  await page.locator('[data-field="answer-line"]').getByText('500').waitFor()
  expect(await page.getByRole('alert').innerText()).toBe('')

  const seen = await page.evaluate<string>(
    'document.documentElement.outerHTML + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)',
  )
  expect(seen).toContain('ada@contoso.test')
  expect(seen).not.toMatch(/eyJ[\w-]+\./)
})

test('a call that needs one more sign-in step succeeds after it', async ({ context, stack }) => {
  const page = await signIn(stack, context)
  await page.getByText('More to try').click()
  await page.getByRole('button', { name: 'Call the sensitive API' }).click()
  await page.getByRole('link', { name: 'Go on to sign-in' }).click()
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.locator('[data-field="answer-body"]').getByText('a round figure').waitFor()
  expect(page.url()).toBe(`${stack.origin}/session`)
})

test('after signing out neither back nor a second tab shows the session', async ({
  context,
  stack,
}) => {
  const page = await signIn(stack, context)
  const second = await context.newPage()
  await second.goto(`${stack.origin}/session`)
  await second.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()

  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByRole('heading', { name: 'You are signed out of this app' }).waitFor()
  await second.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
  await goBackToSession(page)
  await page.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
  expect(await page.locator('main').innerText()).not.toContain('ada@contoso.test')
})

test('a second tab follows a sign-in', async ({ context, stack }) => {
  const waiting = await context.newPage()
  await waiting.goto(`${stack.origin}/session`)
  await waiting.getByRole('heading', { name: 'Nobody is signed in' }).waitFor()
  await signIn(stack, context)
  await waiting.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  expect(waiting.url()).toBe(`${stack.origin}/session`)
})

test('signing out works without JavaScript', async ({ browser, stack }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(`${stack.origin}/session`)
  await page.getByRole('link', { name: 'Sign in' }).click()
  await pick(page, 'ada@contoso.test')
  await page.waitForURL(`${stack.origin}/auth/session`)
  expect(await page.locator('body').innerText()).toContain('"authenticated":true')

  await page.goto(`${stack.origin}/session`)
  await page.getByRole('link', { name: 'Sign out' }).click()
  await page.getByRole('button', { name: /sign out/i }).click()
  await page.getByRole('heading', { name: 'You are signed out of this app' }).waitFor()
  await page.goto(`${stack.origin}/auth/session`)
  expect(await page.locator('body').innerText()).toContain('"authenticated":false')
  await context.close()
})

test('the pages of the functions are accessible', async ({ context, stack }) => {
  const page = await context.newPage()
  for (const path of [
    '/auth/callback?state=nonsense&code=x',
    '/auth/logout?returnTo=/signed-out',
  ]) {
    await page.goto(stack.origin + path)
    expect(await accessibilityViolations(page), path).toEqual([])
  }
})

async function signIn(stack: LocalStack, context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(`${stack.origin}/auth/login?returnTo=/session`)
  await pick(page, 'ada@contoso.test')
  await page.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  return page
}

async function pick(page: Page, username: string): Promise<void> {
  await page.getByRole('button', { name: username }).click()
}

/** The sign-out's own pages lie in between. */
async function goBackToSession(page: Page): Promise<void> {
  for (let steps = 0; steps < 4 && new URL(page.url()).pathname !== '/session'; steps++) {
    await page.goBack()
  }
}
