import { describe, expect } from 'vitest'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { openLogin, pickUser, shownJson, signInByHand } from '../support/people.ts'
import type { Stack } from '../support/stack.ts'

const test = browserStackTest()

const tokenRequests = async (stack: Stack): Promise<number> =>
  (await stack.admin.requests({ grant_type: 'authorization_code' })).length

describe('the back button', () => {
  test('B-21 after a sign-in is answered at once, and the session stays', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    // Single sign-on sends the browser straight on from the provider's page, with another code.
    await page.goBack()
    // So the spent state comes back, and leads on to where that sign-in led.
    await page.waitForURL(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
    expect(await tokenRequests(stack)).toBe(1)
  })

  test('B-21 to a callback that was answered arrives again, within a minute', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    let callback = ''
    page.on('request', (request) => {
      if (request.url().includes('/auth/callback?')) callback = request.url()
    })
    await signInByHand(page, stack)
    await page.goto(callback)
    await page.waitForURL(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
    expect(await tokenRequests(stack)).toBe(1)
    await stack.advance(62)
    await page.goto(callback)
    await page.waitForURL(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
  })

  test('H-12 after a sign-out shows nothing of the session', async ({ context, stack }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    await page.goto(stack.url('/auth/logout?returnTo=/'))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(stack.url('/'))
    for (let step = 0; step < 6 && !page.url().endsWith('/auth/session'); step++)
      await page.goBack()
    expect(page.url()).toBe(stack.url('/auth/session'))
    expect(await shownJson(page)).toEqual({
      authenticated: false,
      loginUrl: stack.url('/auth/login'),
    })
  })

  test('B-21 to the callback after a sign-out signs nobody in', async ({ context, stack }) => {
    const page = await context.newPage()
    let callback = ''
    page.on('request', (request) => {
      if (request.url().includes('/auth/callback?')) callback = request.url()
    })
    await openLogin(page, stack, '?returnTo=/')
    await pickUser(page, stack.url('/'))
    await page.evaluate(`fetch('/auth/logout', { method: 'POST', headers: { 'X-CSRF': '1' } })`)
    await stack.advance(16)
    await page.goto(callback)
    await page.waitForURL(stack.url('/'))
    await page.goto(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: false })
  })
})

describe('signing out', () => {
  test('H-01 H-04 the page asks, ends the session, and comes back by way of the provider', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    await page.goto(stack.url('/auth/logout?returnTo=/auth/session%3Fout=1'))
    const visited: string[] = []
    page.on('framenavigated', (frame) => {
      if (frame === page.mainFrame()) visited.push(new URL(frame.url()).pathname)
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(stack.url('/auth/session?out=1'))
    expect(visited.some((path) => path.endsWith('/oauth2/v2.0/logout'))).toBe(true)
    expect(await shownJson(page)).toMatchObject({ authenticated: false })
    expect((await context.cookies()).map(({ name }) => name.replace(/-\d+$/, ''))).not.toContain(
      'session',
    )
  })

  test('H-08 at the provider ends the session here, by a frame without a cookie', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    const out = `${stack.entra.origin}/${stack.entra.tenantId}/oauth2/v2.0/logout`
    await page.goto(out, { waitUntil: 'load' })
    expect((await context.cookies()).map(({ name }) => name.replace(/-\d+$/, ''))).toContain(
      'session',
    )
    await page.goto(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: false })
  })
})
