/**
 * `npm run screenshots`: starts the local stack, signs in as Ada and takes the pictures of the README, so that
 * they show what is there; with `-- --all` every page at 320 and 1280 pixels, light and dark, into
 * .cache/screenshots/. Needs a Chromium; see find-browser.mjs.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { browserArguments, findBrowser, installLine } from './find-browser.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const executablePath = findBrowser()
if (executablePath === undefined) {
  console.error(installLine)
  process.exit(1)
}

const stack = spawn(process.execPath, [`${root}scripts/start.mjs`, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  await takePictures(await readyLine(stack.stdout))
} finally {
  stack.kill('SIGINT')
}

async function readyLine(output) {
  for await (const line of createInterface({ input: output })) {
    if (!line.startsWith('{')) continue
    const message = JSON.parse(line)
    if (message.type === 'failure') throw new Error(`${message.message} ${message.fix ?? ''}`)
    if (message.type === 'ready') {
      output.resume()
      return message
    }
  }
  throw new Error('the local stack ended before it was ready')
}

async function takePictures({ demoApp, entra }) {
  const browser = await chromium.launch({ executablePath, args: browserArguments })
  try {
    if (process.argv.includes('--all')) await takeAll(browser, { demoApp, entra })
    else await takeForReadme(browser, demoApp)
  } finally {
    await browser.close()
  }
}

async function takeForReadme(browser, origin) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 700 } })
  // The first sign-in of all loads code and keys; the second shows the times of every other.
  await signIn(page, origin)
  await page.context().clearCookies()
  await signIn(page, origin)
  await page.locator('#steps tbody tr').first().waitFor()
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme })
    await save(page, `docs/images/session-${colorScheme}.png`)
  }
}

/** Every page at both ends of the widths, for a person to look at; git does not keep them. */
async function takeAll(browser, { demoApp, entra }) {
  for (const width of [320, 1280]) {
    const context = await browser.newContext({ viewport: { width, height: 800 } })
    const page = await context.newPage()
    const pages = {
      start: () => page.goto(demoApp),
      picker: () => page.goto(`${demoApp}/auth/login?returnTo=/session`),
      'picker-open': () => openAll(page),
      'not-found': () => page.goto(`${demoApp}/nothing`),
      session: () => signIn(page, demoApp),
      'start-signed-in': () => page.goto(demoApp),
      'sign-out': () => page.goto(`${demoApp}/auth/logout?returnTo=/signed-out`),
      'signed-out': () => page.goto(`${demoApp}/signed-out`),
      'sign-in-error': () => page.goto(`${demoApp}/auth/callback?state=x`),
      'entra-error': () => page.goto(`${entra}/error?code=7000215`),
      entra: () => page.goto(entra),
      'entra-open': () => openAll(page),
    }
    for (const [name, open] of Object.entries(pages)) {
      await open()
      await page.waitForLoadState('networkidle')
      for (const colorScheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme })
        await save(page, `.cache/screenshots/${name}-${width}-${colorScheme}.png`)
      }
    }
    await context.close()
  }
}

async function openAll(page) {
  for (const summary of await page
    .locator('main > .card > details > summary, form > details > summary')
    .all())
    await summary.click()
}

async function save(page, path) {
  await page.screenshot({ path: root + path, fullPage: true })
  console.log(path)
}

async function signIn(page, origin) {
  await page.goto(`${origin}/auth/login?returnTo=/session`)
  await page.getByRole('button', { name: /ada@contoso\.test/ }).click()
  await page.getByRole('heading', { name: /^Signed in as/ }).waitFor()
}
