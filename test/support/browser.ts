import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { test } from 'vitest'
import { browserArguments, findBrowser, installLine } from '../../scripts/find-browser.mjs'

/** Starts the browser that {@link findBrowser} names; throws with the install line where none is. */
async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === undefined) throw new Error(installLine)
  return await chromium.launch({ executablePath, args: browserArguments })
}

/**
 * `test` with a `browser` and a `context`, which are slow to make: the browser is shared by the files of
 * a worker, the context by the tests of a file, but each test finds no page and no cookie of another
 * (nothing here keeps anything else). Where no browser is found the test is skipped with the install line as reason; under CI it fails.
 */
export const browserTest = test
  .extend('browserOrSkip', { auto: true }, ({ skip }) => {
    skip(findBrowser() === undefined && !process.env['CI'], installLine)
  })
  // oxlint-disable-next-line no-empty-pattern -- Vitest reads a fixture's needs from the pattern
  .extend('browser', { scope: 'worker' }, async ({}, { onCleanup }): Promise<Browser> => {
    const browser = await launchBrowser()
    onCleanup(() => browser.close())
    return browser
  })
  .extend('sharedContext', { scope: 'file' }, async ({ browser }, { onCleanup }) => {
    const context = await browser.newContext()
    onCleanup(() => context.close())
    context.setDefaultTimeout(40_000)
    return context
  })
  .extend('context', async ({ sharedContext }, { onCleanup }): Promise<BrowserContext> => {
    onCleanup(async () => {
      await Promise.all(sharedContext.pages().map((page) => page.close()))
      await sharedContext.clearCookies()
    })
    return sharedContext
  })
