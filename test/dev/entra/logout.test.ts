import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { localCertificate } from '../../../dev/start/certificate.ts'
import { authorizePath, createFormBrowser, returned, type FormBrowser } from './browser.ts'

const landing = 'http://localhost:7071/auth/logout/callback'
let emulator: EntraEmulator
let admin: EntraAdmin
let browser: FormBrowser
let called: string[]

const app = createServer((request, response) => {
  called.push(request.url ?? '')
  response.end()
})

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    app.listen(0, '127.0.0.1', resolve)
  })
  const { port } = app.address() as AddressInfo
  emulator = await startEntraEmulator({
    frontChannelLogoutUrl: `http://127.0.0.1:${port}/auth/logout/frontchannel`,
  })
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(async () => {
  await admin.reset()
  called = []
  browser = createFormBrowser(emulator)
})
afterAll(async () => {
  await emulator.stop()
  app.close()
})

function logoutPath(parameters: Record<string, string> = {}): string {
  const query = new URLSearchParams({ post_logout_redirect_uri: landing, ...parameters })
  return `/${emulator.tenantId}/oauth2/v2.0/logout?${query.toString()}`
}

async function signInAs(user: string): Promise<string> {
  const path = authorizePath(emulator, { prompt: 'login' })
  return returned(await browser.post(path, { user }))['session_state'] ?? ''
}

test('signing out ends single sign-on, frames the app with sid alone, and goes on', async () => {
  const sid = await signInAs('ada@contoso.test')
  const page = await browser.get(logoutPath({ state: 'sealed', client_id: emulator.clientId }))
  expect(page.headers.get('refresh')).toBe(`0; url=${landing}?state=sealed`)
  const text = await page.text()
  expect(text).toContain(`/auth/logout/frontchannel?sid=${sid}"`)
  expect(page.headers.get('content-security-policy')).toContain('frame-src http://127.0.0.1:')
  expect(returned(await browser.get(authorizePath(emulator, { prompt: 'none' })))['error']).toBe(
    'login_required',
  )
})

test.each([
  ['not registered', { post_logout_redirect_uri: 'http://localhost:7071/elsewhere' }],
  ['of another app', { client_id: 'none' }],
])('without a good post-logout URI (%s) the person stays', async (_what, parameters) => {
  const page = await browser.get(logoutPath(parameters))
  expect(page.status).toBe(200)
  expect(page.headers.get('refresh')).toBeNull()
  expect(await page.text()).toContain('You signed out of your account')
})

test('with several accounts the hint decides, and without one the person', async () => {
  await signInAs('ada@contoso.test')
  await signInAs('rita@contoso.test')
  expect(await (await browser.get(logoutPath())).text()).toContain('Which account')
  await browser.get(logoutPath({ logout_hint: 'rita@contoso.test' }))
  const silent = await browser.get(authorizePath(emulator, { prompt: 'none' }))
  expect(returned(silent)).toHaveProperty('code')
  await signInAs('rita@contoso.test')
  const chosen = await browser.post(logoutPath(), { user: 'ada@contoso.test' })
  expect(chosen.headers.get('refresh')).toContain(landing)
})

test('signing out everywhere reaches an app with a certificate of its own, and shows its answer', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'certificate-'))
  const { key, cert } = await localCertificate(directory)
  const secure = createTlsServer({ key, cert }, (_request, response) => response.end())
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve))
  const { port } = secure.address() as AddressInfo
  const frontChannelLogoutUrl = `https://127.0.0.1:${port}/auth/logout/frontchannel`
  const home = async () => await (await fetch(emulator.origin)).text()

  await admin.settings({ frontChannelLogoutUrl })
  await signInAs('ada@contoso.test')
  expect(await admin.signOutEverywhere()).toMatchObject({ statuses: [null] })
  expect(await home()).toContain('The app could not be reached.')

  await admin.settings({ appCertificate: cert })
  await signInAs('ada@contoso.test')
  expect(await admin.signOutEverywhere()).toMatchObject({ statuses: [200] })
  expect(await home()).toContain('The app answered 200.')
  secure.close()
})

test('signing out everywhere calls the app from here', async () => {
  const sid = await signInAs('ada@contoso.test')
  expect(await admin.signOutEverywhere('ada@contoso.test')).toEqual({
    ended: [sid],
    statuses: [200],
  })
  expect(called).toEqual([`/auth/logout/frontchannel?sid=${sid}`])
  expect(await admin.signOutEverywhere()).toEqual({ ended: [], statuses: [] })
})
