import type { Page } from 'playwright-core'
import type { Stack } from './stack.ts'

/** Opens the login as a person would who types it, and stops at the provider's sign-in page. */
export async function openLogin(page: Page, stack: Stack, query = ''): Promise<void> {
  await page.goto(stack.url(`/auth/login${query}`))
  await page.waitForURL(`${stack.entra.origin}/**`)
}

/** Picks a test user on the provider's page and waits for the end of the sign-in. */
export async function pickUser(page: Page, landing: string, name = 'Ada Admin'): Promise<void> {
  await page.getByRole('button', { name }).first().click()
  await page.waitForURL(landing)
}

/** A whole sign-in by hand that ends on the session JSON. */
export async function signInByHand(page: Page, stack: Stack, name?: string): Promise<void> {
  await openLogin(page, stack, '?returnTo=/auth/session')
  await pickUser(page, stack.url('/auth/session'), name)
}

/** What the page shows, read as JSON. */
export async function shownJson(page: Page): Promise<Record<string, unknown>> {
  return JSON.parse(await page.locator('body').innerText()) as Record<string, unknown>
}
