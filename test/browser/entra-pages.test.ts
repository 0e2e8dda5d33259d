import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../dev/entra/emulator.ts'
import { accessibilityViolations } from '../support/accessibility.ts'
import { layoutFaults } from '../support/layout-faults.ts'
import { browserTest } from '../support/browser.ts'

let emulator: EntraEmulator
let admin: EntraAdmin
let app: Server
let appOrigin: string
let received: string[]

beforeAll(async () => {
  app = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(
        `${request.method ?? ''} ${request.url ?? ''} ${Buffer.concat(chunks).toString()}`,
      )
      response.setHeader('content-type', 'text/html').end('<title>App</title><h1>App</h1>')
    })
  })
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve)
  })
  appOrigin = `http://localhost:${(app.address() as AddressInfo).port}`
  emulator = await startEntraEmulator({
    frontChannelLogoutUrl: `${appOrigin}/auth/logout/frontchannel`,
  })
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(async () => {
  received = []
  await admin.reset()
})
afterAll(async () => {
  await emulator.stop()
  app.closeAllConnections()
  app.close()
})

function authorizeUrl(parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams({
    client_id: emulator.clientId,
    response_type: 'code',
    redirect_uri: `${appOrigin}/auth/callback`,
    scope: 'openid profile email offline_access api://entra-bff-demo/access_as_user',
    state: 'st',
    nonce: 'no',
    ...parameters,
  })
  return `${emulator.origin}/${emulator.tenantId}/oauth2/v2.0/authorize?${query.toString()}`
}

function logoutUrl(parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams(parameters)
  return `${emulator.origin}/${emulator.tenantId}/oauth2/v2.0/logout?${query.toString()}`
}

/** Enter on the button that has the focus; browsers give it once the page is drawn. */
async function pressEnter(page: Page): Promise<void> {
  await page.locator('button:focus').waitFor()
  await page.keyboard.press('Enter')
}

async function openPage(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  return page
}

describe('each page', () => {
  const pages: [string, (context: BrowserContext) => Promise<Page>][] = [
    ['the sign-in page', openPicker],
    ['the second factor', (context) => openPage(context, stepUpUrl()).then(choose('Ada Admin'))],
    [
      'consent',
      (context) => openPage(context, authorizeUrl({ prompt: 'consent' })).then(choose('Ada Admin')),
    ],
    ['an error', (context) => openPage(context, authorizeUrl({ client_id: 'none' }))],
    ['the signed-out page', (context) => openPage(context, logoutUrl())],
    ['a number', (context) => openPage(context, `${emulator.origin}/error?code=7000215`)],
    ['Local Entra', openHome],
  ]
  browserTest.for(pages)('%s is accessible', async ([, open], { context }) => {
    const page = await open(context)
    expect(await accessibilityViolations(page)).toEqual([])
    for (const width of [320, 1280]) expect(await layoutFaults(page, width)).toEqual([])
  })

  async function openPicker(context: BrowserContext): Promise<Page> {
    const page = await openPage(context, authorizeUrl())
    for (const summary of await page.locator('summary').all()) await summary.click()
    return page
  }

  async function openHome(context: BrowserContext): Promise<Page> {
    await openPage(context, authorizeUrl())
    await admin.fault('wrong_nonce')
    const page = await openPage(context, emulator.origin)
    for (const summary of await page.locator('summary').all()) await summary.click()
    return page
  }

  function stepUpUrl(): string {
    return authorizeUrl({ claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' })
  }

  function choose(name: string) {
    return async (page: Page): Promise<Page> => {
      await page.getByRole('button', { name }).first().click()
      await page.getByRole('heading', { level: 1, name: /Approve|Permissions/ }).waitFor()
      return page
    }
  }
})

browserTest(
  'Enter signs the first user in, and the second time nobody is asked',
  async ({ context }) => {
    const page = await openPage(context, authorizeUrl())
    await pressEnter(page)
    await page.waitForURL(`${appOrigin}/auth/callback?**`)
    expect(new URL(page.url()).searchParams.get('code')).toMatch(/^1\.AX/)
    await page.goto(authorizeUrl())
    expect(page.url()).toContain(`${appOrigin}/auth/callback?code=`)
  },
)

browserTest('form_post brings the code in a body', async ({ context }) => {
  const page = await openPage(context, authorizeUrl({ response_mode: 'form_post' }))
  await pressEnter(page)
  await page.waitForURL(`${appOrigin}/auth/callback`)
  expect(received).toContainEqual(
    expect.stringMatching(/^POST \/auth\/callback code=1\.AX.*&state=st&session_state=/),
  )
})

browserTest('signing out loads the app in a frame before it goes on', async ({ context }) => {
  const page = await openPage(context, authorizeUrl())
  await pressEnter(page)
  await page.waitForURL(`${appOrigin}/auth/callback?**`)
  const sid = new URL(page.url()).searchParams.get('session_state') ?? ''
  const landing = `${appOrigin}/auth/logout/callback`
  await page.goto(logoutUrl({ post_logout_redirect_uri: landing, state: 'sealed' }))
  await page.waitForURL(`${landing}?state=sealed`)
  const calls = received.filter((line) => line.includes('/auth/logout/'))
  expect(calls.map((line) => line.trim())).toEqual([
    `GET /auth/logout/frontchannel?sid=${sid}`,
    'GET /auth/logout/callback?state=sealed',
  ])
})

browserTest('everything works without scripts', async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await openPage(context, authorizeUrl({ response_mode: 'form_post' }))
  await page.getByText('Someone else').click()
  await page.getByLabel('User name').fill('eve@contoso.test')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.waitForURL(`${appOrigin}/auth/callback`)
  await page.goto(emulator.origin)
  await page.getByRole('button', { name: 'Token: 503' }).click()
  expect(await page.getByText('Waiting to strike').isVisible()).toBe(true)
  await context.close()
})
