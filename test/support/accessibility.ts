import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const axeSource = readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const standard = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** What a dark page may have wrong that a light one has right. */
const contrast: RunOptions = { runOnly: { type: 'rule', values: ['color-contrast'] } }

/**
 * What axe-core has to say against the page as it stands, in light and in dark: WCAG 2.0 to 2.2 A and
 * AA and best practice. Evaluated, not added as a script: the pages' own policy would refuse one.
 */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await page.evaluate(await axeSource)
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await violations(page, { runOnly: standard })
  await page.emulateMedia({ colorScheme: 'dark' })
  return [...light, ...(await violations(page, contrast))]
}

async function violations(page: Page, options: RunOptions): Promise<string[]> {
  const results = await page.evaluate(async (runOptions) => {
    const { axe } = globalThis as unknown as {
      axe: { run(runOptions: RunOptions): Promise<AxeResults> }
    }
    return (await axe.run(runOptions)).violations
  }, options)
  return results.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`)
}
