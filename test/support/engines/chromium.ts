import { chromium as playwright } from 'playwright-core'
import { browserArguments, findBrowser, installLine } from '../../../scripts/find-browser.mjs'
import type { Engine } from './engine.ts'

/** Chromium, Chrome or Edge, by playwright-core. */
export const chromium: Engine = {
  name: 'Chromium',
  missing: () => (findBrowser() === undefined ? installLine : undefined),
  launch: async () => {
    const executablePath = findBrowser() ?? ''
    const browser = await playwright.launch({ executablePath, args: browserArguments })
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    return {
      newPage: async () => {
        const page = await context.newPage()
        return {
          goto: async (url) => void (await page.goto(url)),
          back: async () => void (await page.goBack()),
          reload: async () => void (await page.reload()),
          evaluate: (expression) => page.evaluate(expression).catch(() => undefined),
        }
      },
      close: () => browser.close(),
    }
  },
}
