import { chromium, type Browser } from 'playwright-core'
import { browserArguments, findBrowser, installLine } from '../../scripts/find-browser.mjs'

export { findBrowser }

/** Starts the browser that {@link findBrowser} names; throws with the install line where none is. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser()
  if (executablePath === undefined) throw new Error(installLine)
  return await chromium.launch({ executablePath, args: browserArguments })
}

/**
 * For `describe.skipIf(noBrowser())`: says why tests are skipped. Under CI nothing is skipped, so that a
 * missing browser fails in {@link launchBrowser}.
 */
export function noBrowser(): boolean {
  if (findBrowser() !== undefined || process.env['CI']) return false
  console.warn(`browser tests skipped: ${installLine}`)
  return true
}
