import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { openLogin, pickUser, shownJson, signInByHand } from '../support/people.ts'
import type { Stack } from '../support/stack.ts'

const test = browserStackTest()

function callbackOf(stack: Stack, page: Page): { url: string } {
  const seen = { url: '' }
  page.on('request', (request) => {
    if (request.url().startsWith(stack.url('/auth/callback'))) seen.url = request.url()
  })
  return seen
}

describe('a person who types the address of the login', () => {
  test('I-01 ends on the session of the user, with the Strict cookie', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    expect(page.url()).toBe(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({
      authenticated: true,
      user: { username: 'ada@contoso.test', roles: ['Admin'] },
    })
    const session = (await context.cookies()).find(({ name }) => name.startsWith('session-'))
    expect(session).toMatchObject({ sameSite: 'Strict', httpOnly: true })
  })

  test('B-01 B-18 leaves neither code nor state behind, in the address, the referrer or the history', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    const callback = callbackOf(stack, page)
    await openLogin(page, stack, '?returnTo=/?x=1%23top')
    await pickUser(page, stack.url('/?x=1#top'))
    expect(callback.url).toContain('code=')
    expect(await page.evaluate('document.referrer')).toBe('')
    // about:blank, the provider's page, the app.
    expect(await page.evaluate('history.length')).toBe(3)
  })

  test('reloads, opens a second tab, and is still signed in', async ({ context, stack }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    await page.reload()
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
    const second = await context.newPage()
    await second.goto(stack.url('/auth/session'))
    expect(await shownJson(second)).toMatchObject({ authenticated: true })
    await second.goto('about:blank')
    await second.goto(stack.url('/auth/session'))
    expect(await shownJson(second)).toMatchObject({ authenticated: true })
  })

  test('is signed in at once where the provider knows the browser', async ({ context, stack }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    await context.clearCookies({ name: /^session-/ })
    await page.goto(stack.url('/auth/login?returnTo=/auth/session'))
    await page.waitForURL(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
  })

  test('cancels, is told so in one sentence, and signs in from there', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await openLogin(page, stack, '?returnTo=/auth/session')
    await page.getByRole('button', { name: 'Cancel' }).first().click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toBe('You cancelled the sign-in.')
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.waitForURL(`${stack.entra.origin}/**`)
  })

  test('A-14 signs in in two tabs at once, finishing in reverse order', async ({
    context,
    stack,
  }) => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await openLogin(first, stack, '?returnTo=/auth/session%3Ftab=1')
    await openLogin(second, stack, '?returnTo=/auth/session%3Ftab=2')
    await pickUser(second, stack.url('/auth/session?tab=2'))
    await pickUser(first, stack.url('/auth/session?tab=1'), 'Rita Reader')
    expect(await shownJson(first)).toMatchObject({ user: { username: 'rita@contoso.test' } })
    await second.reload()
    expect(await shownJson(second)).toMatchObject({ user: { username: 'rita@contoso.test' } })
  })

  test('an app page of the same origin reads, refreshes and signs out by script', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await openLogin(page, stack, '?returnTo=/')
    await pickUser(page, stack.url('/'))
    const call = (
      method: string,
      path: string,
      headers: Record<string, string> = { 'X-CSRF': '1' },
    ) =>
      page.evaluate(
        ([url, options]) =>
          fetch(url, options).then(async (reply) => [reply.status, await reply.text()]),
        [path, { method, headers }] as const,
      )
    expect((await call('GET', '/auth/session'))[0]).toBe(200)
    expect((await call('POST', '/auth/refresh'))[0]).toBe(200)
    expect((await call('POST', '/auth/refresh', {}))[0]).toBe(403)
    expect((await call('POST', '/auth/logout'))[0]).toBe(200)
    expect((await call('GET', '/auth/session'))[1]).toContain('"authenticated":false')
    expect(await page.evaluate('document.cookie')).toBe('')
    expect((await context.cookies()).filter(({ name }) => name.startsWith('session-'))).toEqual([])
  })
})
