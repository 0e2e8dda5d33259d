/**
 * `npm run screenshots`: starts the local stack, signs in as Ada and takes the pictures of the README, so that
 * they show what is there. Needs a Chromium; see find-browser.mjs.
 */
import { spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { browserArguments, findBrowser, installLine } from './find-browser.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}docs/images`
const executablePath = findBrowser()
if (executablePath === undefined) {
  console.error(installLine)
  process.exit(1)
}

const stack = spawn(process.execPath, [`${root}scripts/start.mjs`, '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { demoApp } = await readyLine(stack.stdout)
  await mkdir(folder, { recursive: true })
  await takePictures(demoApp)
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

async function takePictures(origin) {
  const browser = await chromium.launch({ executablePath, args: browserArguments })
  try {
    const page = await browser.newPage({ viewport: { width: 1100, height: 700 } })
    // The first sign-in of all loads code and keys; the second shows the times of every other.
    await signIn(page, origin)
    await page.context().clearCookies()
    await signIn(page, origin)
    await page.locator('#steps tbody tr').first().waitFor()
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme })
      const path = `${folder}/session-${colorScheme}.png`
      await page.screenshot({ path, fullPage: true })
      console.log(`docs/images/session-${colorScheme}.png`)
    }
  } finally {
    await browser.close()
  }
}

async function signIn(page, origin) {
  await page.goto(`${origin}/auth/login?returnTo=/session`)
  await page.getByRole('button', { name: /ada@contoso\.test/ }).click()
  await page.getByRole('heading', { name: /^Signed in as/ }).waitFor()
}
