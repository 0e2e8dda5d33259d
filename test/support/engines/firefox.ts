import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from '../../../dev/functions-host/project-root.ts'
import type { Engine } from './engine.ts'

const places = [
  process.env['FIREFOX'],
  '/usr/bin/firefox-esr',
  '/usr/bin/firefox',
  '/Applications/Firefox.app/Contents/MacOS/firefox',
]
const find = (): string | undefined => places.find((path) => path && existsSync(path))

interface Puppeteer {
  launch(options: object): Promise<{
    newPage(): Promise<{
      goto(url: string, options: object): Promise<unknown>
      goBack(options: object): Promise<unknown>
      reload(options: object): Promise<unknown>
      evaluate(expression: string): Promise<unknown>
    }>
    close(): Promise<void>
  }>
}

/** Firefox by WebDriver BiDi; its driver has a folder and a lockfile of its own, installed when it is used. */
export const firefox: Engine = {
  name: 'Firefox',
  missing: () =>
    find() === undefined
      ? 'no Firefox found; install one (Debian: apt-get install firefox-esr) or name it in FIREFOX'
      : undefined,
  launch: async () => {
    const puppeteer = await loadDriver()
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: find(),
      headless: true,
      acceptInsecureCerts: true,
    })
    // Where one page leads to the next by itself, the driver would wait for either.
    const soon = { waitUntil: 'domcontentloaded' }
    return {
      newPage: async () => {
        const page = await browser.newPage()
        return {
          goto: async (url) => void (await page.goto(url, soon)),
          back: async () => void (await page.goBack(soon)),
          reload: async () => void (await page.reload(soon)),
          evaluate: (expression) => page.evaluate(expression).catch(() => undefined),
        }
      },
      close: () => browser.close(),
    }
  },
}

async function loadDriver(): Promise<Puppeteer> {
  const folder = join(projectRoot(), 'tools/browsers')
  if (!existsSync(join(folder, 'node_modules/puppeteer-core'))) {
    const npm = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    execFileSync('npm', npm, { cwd: folder, stdio: 'inherit', shell: process.platform === 'win32' })
  }
  const entry = createRequire(join(folder, 'package.json')).resolve('puppeteer-core')
  const module = (await import(pathToFileURL(entry).href)) as { default: Puppeteer }
  return module.default
}
