import type { BrowserContext } from 'playwright-core'
import { expect, vi } from 'vitest'
import type { LocalStack } from '../support/local-stack.ts'
import { localStackTest } from '../support/local-stack-test.ts'

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 120_000 })

const test = localStackTest({ https: true })

test('E-01, E-02: a browser takes the cookies with their real names', async ({
  browser,
  stack,
}) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  await signIn(stack, context)
  expect(await ownCookies(stack, context)).toEqual([
    { name: '__Host-Http-login', path: '/', httpOnly: true, secure: true, sameSite: 'Lax' },
    { name: '__Host-Http-session', path: '/', httpOnly: true, secure: true, sameSite: 'Strict' },
  ])
  await context.close()
})

test('E-01: neither name can be set by a script, so that it stays what the server sent', async ({
  browser,
  stack,
}) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  const page = await context.newPage()
  await page.goto(`${stack.origin}/session`)
  await page.evaluate(
    'document.cookie = "__Host-Http-session=forged; Path=/; Secure"; document.cookie = "__Host-Http-login=forged; Path=/; Secure"',
  )
  expect(await page.evaluate('document.cookie')).toBe('')
  expect(await ownCookies(stack, context)).toEqual([])
  await context.close()
})

test('with form_post the binding cookie travels with the cross-site callback', async ({
  browser,
  stack,
}) => {
  expect(await stack.reload({ RESPONSE_MODE: 'form_post' })).toEqual([])
  const context = await browser.newContext({ ignoreHTTPSErrors: true })
  await signIn(stack, context)
  expect(await ownCookies(stack, context)).toMatchObject([
    { name: '__Host-Http-login', sameSite: 'None', secure: true },
    { name: '__Host-Http-session', sameSite: 'Strict', secure: true },
  ])
  await context.close()
})

async function signIn(stack: LocalStack, context: BrowserContext): Promise<void> {
  const page = await context.newPage()
  page.setDefaultTimeout(40_000)
  await page.goto(`${stack.origin}/auth/login?returnTo=/session`)
  await page.getByRole('button', { name: 'ada@contoso.test' }).click()
  await page.getByRole('heading', { name: 'Signed in as Ada Admin' }).waitFor()
  expect(await page.evaluate('document.cookie')).toBe('')
}

/** Those of the app, by name; the identity provider's are on another host name. */
async function ownCookies(stack: LocalStack, context: BrowserContext) {
  const cookies = await context.cookies(stack.origin)
  return cookies
    .map(({ name, path, httpOnly, secure, sameSite }) => ({
      name,
      path,
      httpOnly,
      secure,
      sameSite,
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
}
