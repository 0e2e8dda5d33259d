import { afterEach, beforeEach, describe, expect } from 'vitest'
import { chromium } from '../support/engines/chromium.ts'
import type { EngineBrowser, EnginePage } from '../support/engines/engine.ts'
import { firefox } from '../support/engines/firefox.ts'
import { webkit } from '../support/engines/webkit.ts'
import { localStackTest } from '../support/local-stack-test.ts'

const wait = { timeout: 20_000, interval: 100 }

/** Polls: a driver may end its own waiting at a page that leads to the next one by itself. */
async function shows(page: EnginePage, text: RegExp): Promise<void> {
  const read = async (): Promise<string> =>
    String(
      await page.evaluate('document.documentElement ? document.documentElement.textContent : ""'),
    )
  await expect.poll(read, wait).toMatch(text)
}

/** Clicks what a person would: the button or link with this text, once it is there. */
async function click(page: EnginePage, text: string): Promise<void> {
  const find = `[...document.querySelectorAll('a, button')].find(
    (element) => element.textContent.includes(${JSON.stringify(text)}) && element.offsetParent !== null)`
  await expect.poll(() => page.evaluate(`Boolean(${find})`), wait).toBe(true)
  await page.evaluate(`void setTimeout(() => ${find}.click())`)
}

async function signIn(page: EnginePage, origin: string, user: string): Promise<void> {
  await page.goto(`${origin}/auth/login?returnTo=/auth/session`)
  await click(page, user)
  await shows(page, new RegExp(`"authenticated":true.*${user}`))
}

const schemes = [
  { scheme: 'http', test: localStackTest() },
  { scheme: 'https', test: localStackTest({ https: true }) },
]

describe.each(schemes)('over $scheme', ({ scheme, test }) => {
  describe.each([chromium, firefox, webkit])('$name', (engine) => {
    let browser: EngineBrowser | undefined
    beforeEach(async ({ skip }) => {
      const missing = engine.missing()
      skip(missing !== undefined && !process.env['CI'], missing)
      if (missing !== undefined) throw new Error(missing)
      browser = await engine.launch()
    })
    afterEach(async () => {
      await browser?.close()
      browser = undefined
    })

    test(
      'the first page after a sign-in has the Strict cookie, and so have reload, Back and a second tab',
      { timeout: 120_000 },
      async ({ stack: { origin } }) => {
        const page = await browser!.newPage()
        await signIn(page, origin, 'ada@contoso.test')
        await page.reload()
        await shows(page, /"authenticated":true/)
        await page.goto(`${origin}/signed-out`)
        await shows(page, /To the session/)
        await page.back()
        await shows(page, /"authenticated":true/)
        expect(await page.evaluate('document.cookie')).toBe('')

        const second = await browser!.newPage()
        await second.goto(`${origin}/session`)
        await shows(second, /Signed in as Ada Admin/)
        await click(second, 'Call the API')
        await shows(second, /GET \/api\/demo\/me: 200/)
      },
    )

    // Cookie names and attributes are what https changes: this has nothing to do with either.
    if (scheme === 'https') return

    test(
      'another user takes over, a step-up ends in the call it was for, and sign-out reaches the other tab',
      { timeout: 120_000 },
      async ({ stack: { origin } }) => {
        const page = await browser!.newPage()
        await signIn(page, origin, 'ada@contoso.test')
        await page.goto(`${origin}/auth/login?returnTo=/auth/session&prompt=select_account`)
        await click(page, 'rita@contoso.test')
        await shows(page, /"authenticated":true.*rita@contoso\.test/)

        await page.goto(`${origin}/session?call=sensitive`)
        await click(page, 'Go on to sign-in')
        await click(page, 'Approve')
        await shows(page, /a round figure/)

        const second = await browser!.newPage()
        await second.goto(`${origin}/session`)
        await shows(second, /Signed in as Rita Reader/)
        await click(page, 'Sign out')
        await shows(page, /You are signed out of this app/)
        await shows(second, /Nobody is signed in/)
      },
    )
  })
})
