import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { accessibilityViolations } from '../support/accessibility.ts'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { openLogin, signInByHand } from '../support/people.ts'

const test = browserStackTest()

/** Light and dark, wide and at 320 px: no violation, nothing cut off, targets large enough. */
async function expectGoodPage(page: Page): Promise<void> {
  expect(await accessibilityViolations(page)).toEqual([])
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 720 })
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    for (const target of await page.locator('a.button, button, summary').all())
      expect((await target.boundingBox())!.height).toBeGreaterThanOrEqual(24)
  }
}

describe('the pages that a person may meet', () => {
  test('the error page: one sentence, one action, details for support', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    const errors: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of'))
        errors.push(message.text())
    })
    await page.goto(stack.url('/auth/callback?code=x&state=y'))
    expect(await page.getByRole('alert').innerText()).toBe(
      'This sign-in was not started in this browser.',
    )
    expect(await page.getByRole('link', { name: 'Sign in again' }).getAttribute('href')).toBe(
      stack.url('/auth/login'),
    )
    await page.getByText('Details for support').click()
    await expectGoodPage(page)
    expect(errors).toEqual([])
  })

  test('the error page with a code of the provider', async ({ context, stack }) => {
    const page = await context.newPage()
    await openLogin(page, stack)
    await stack.admin.fault({ on: 'token', error: { code: 50057 } })
    await page.getByRole('button', { name: 'Ada Admin' }).first().click()
    await page.getByText('Details for support').click()
    expect(await page.getByRole('link', { name: 'AADSTS50057' }).isVisible()).toBe(true)
    await expectGoodPage(page)
  })

  test('the sign-out page', async ({ context, stack }) => {
    const page = await context.newPage()
    await page.goto(stack.url('/auth/logout?returnTo=/'))
    await expectGoodPage(page)
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.waitForURL(stack.url('/'))
  })

  test('the arrival page works by its link where a browser does not refresh', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    // 204: the browser stays where it is, as if it did not know "Refresh".
    await page.route(stack.url('/auth/session'), (route) => route.fulfill({ status: 204 }))
    await openLogin(page, stack, '?returnTo=/auth/session')
    await page.getByRole('button', { name: 'Ada Admin' }).first().click()
    await page.getByRole('link', { name: 'Go on' }).waitFor()
    await expectGoodPage(page)
    await page.unrouteAll()
    await page.getByRole('link', { name: 'Go on' }).click()
    await page.waitForURL(stack.url('/auth/session'))
    expect(await page.locator('body').innerText()).toContain('"authenticated":true')
  })

  test('B-18 nothing of a page comes from elsewhere, and no script runs', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    const requested: string[] = []
    page.on('request', (request) => requested.push(request.url()))
    await page.goto(stack.url('/auth/callback?state=y'))
    expect(requested.filter((url) => !url.endsWith('/favicon.ico'))).toEqual([
      stack.url('/auth/callback?state=y'),
    ])
    await page.evaluate(`{
        const script = document.createElement('script')
        script.textContent = 'globalThis.injected = true'
        document.body.append(script)
      }`)
    const injected = await page.evaluate(`'injected' in globalThis`)
    expect(injected).toBe(false)
  })

  test('a person whose silent sign-in is refused lands in the app, told why', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await page.goto(stack.url('/auth/login?prompt=none&returnTo=/%3Fa=1%23b'))
    await page.waitForURL(stack.url('/?a=1&auth_error=login_required#b'))
    await signInByHand(page, stack)
    expect(page.url()).toBe(stack.url('/auth/session'))
  })
})
