import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createEntraAdmin, type EntraAdmin } from '../../../dev/entra/admin-client.ts'
import { startEntraEmulator, type EntraEmulator } from '../../../dev/entra/emulator.ts'
import { authorizePath, createFormBrowser, returned, type FormBrowser } from './browser.ts'

let emulator: EntraEmulator
let admin: EntraAdmin
let browser: FormBrowser

beforeAll(async () => {
  emulator = await startEntraEmulator()
  admin = createEntraAdmin(emulator.origin)
})
beforeEach(async () => {
  await admin.reset()
  browser = createFormBrowser(emulator)
})
afterAll(() => emulator.stop())

const path = (parameters?: Record<string, string>) => authorizePath(emulator, parameters)

test('the first visit asks who, later ones do not', async () => {
  const page = await browser.get(path())
  expect(page.status).toBe(200)
  expect(await page.text()).toContain('Pick a test user')
  const signedIn = await browser.post(path(), { user: 'ada@contoso.test' })
  expect(signedIn.status).toBe(303)
  expect(returned(signedIn)).toMatchObject({ state: 'st', code: expect.any(String) as string })
  expect(returned(signedIn)).not.toHaveProperty('iss')
  const silent = await browser.get(path())
  expect(returned(silent)['session_state']).toBe(returned(signedIn)['session_state'])
})

test.each([
  [{ prompt: 'login' }, 'Pick a test user'],
  [{ prompt: 'select_account' }, 'Pick a test user'],
  [{ prompt: 'consent' }, 'Permissions requested'],
  [{ login_hint: 'rita@contoso.test' }, 'Pick a test user'],
  [{ max_age: '0' }, 'Pick a test user'],
  [{ scope: 'openid Mail.Read' }, 'Permissions requested'],
  [{ claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}' }, 'Approve the sign-in'],
])('%o asks again', async (parameters, title) => {
  await browser.post(path(), { user: 'ada@contoso.test' })
  expect(await (await browser.get(path(parameters))).text()).toContain(`<h1>${title}</h1>`)
})

test('a hint puts its user first', async () => {
  const text = await (await browser.get(path({ login_hint: 'noel@contoso.test' }))).text()
  expect(text.indexOf('Noel Nomail')).toBeLessThan(text.indexOf('Ada Admin'))
})

test('several accounts in one browser: the person or the hint decides', async () => {
  await browser.post(path(), { user: 'ada@contoso.test' })
  await browser.post(path({ prompt: 'select_account' }), { user: 'rita@contoso.test' })
  expect(await (await browser.get(path())).text()).toContain('Pick a test user')
  expect(returned(await browser.get(path({ prompt: 'none' })))['error']).toBe(
    'interaction_required',
  )
  const hinted = await browser.get(path({ prompt: 'none', login_hint: 'rita@contoso.test' }))
  expect(returned(hinted)).toHaveProperty('code')
})

test('MFA and consent come after the choice, and can be declined', async () => {
  const mfa = await browser.post(path(), { user: 'max@contoso.test' })
  expect(await mfa.text()).toContain('Approve the sign-in')
  const approved = await browser.post(path(), { user: 'max@contoso.test', mfa: 'approved' })
  expect(returned(approved)).toHaveProperty('code')
  const consent = await browser.post(path(), { user: 'cora@contoso.test' })
  expect(await consent.text()).toContain('Permissions requested')
  const declined = await browser.post(path(), { user: 'cora@contoso.test', fail: 'cancelled' })
  expect(returned(declined)).toMatchObject({ error: 'access_denied', error_subcode: 'cancel' })
  const accepted = await browser.post(path(), { user: 'cora@contoso.test', consent: 'accepted' })
  expect(returned(accepted)).toHaveProperty('code')
  const again = await browser.post(path({ prompt: 'login' }), { user: 'cora@contoso.test' })
  expect(returned(again)).toHaveProperty('code')
})

test('someone blocked comes back as access_denied with the number', async () => {
  const blocked = returned(await browser.post(path(), { user: 'bea@contoso.test' }))
  expect(blocked).toMatchObject({ error: 'access_denied', state: 'st' })
  expect(blocked['error_description']).toMatch(/^AADSTS50105: /)
})

test('someone else is whoever the form says', async () => {
  const response = await browser.post(path(), {
    other: 'yes',
    username: 'eve@contoso.test',
    name: 'Eve <b>',
    roles: 'Admin, Auditor',
    claims: '{"department":"R&D"}',
  })
  expect(returned(response)).toHaveProperty('code')
  const text = await (await browser.get(path({ prompt: 'login' }))).text()
  expect(text).toContain('Eve &lt;b&gt;')
})

test.each([
  ['an unknown app', { client_id: 'none' }, 'AADSTS700016'],
  ['an unregistered redirect URI', { redirect_uri: 'http://localhost:7071/evil' }, 'AADSTS50011'],
  ['another host', { redirect_uri: 'http://127.0.0.1:7071/auth/callback' }, 'AADSTS50011'],
  [
    'a redirect URI in other letters',
    { redirect_uri: 'http://localhost:7071/Auth/callback' },
    'AADSTS50011',
  ],
  ['an ID token without a code', { response_type: 'id_token' }, 'AADSTS700054'],
])('%s stays on a page of its own', async (_what, parameters, code) => {
  const response = await browser.get(path(parameters))
  expect(response.status).toBe(400)
  expect(response.headers.get('location')).toBeNull()
  const text = await response.text()
  expect(text).toContain(code)
  expect(text).toContain('role="alert" tabindex="-1" autofocus')
})

test.each([
  ['invalid_request', { resource: 'api://entra-bff-demo' }],
  ['invalid_request', { prompt: 'select_account', login_hint: 'a' }],
  ['invalid_request', { claims: '{' }],
  ['invalid_request', { code_challenge_method: 'S512' }],
  ['invalid_resource', { scope: 'openid api://none/x' }],
  ['invalid_client', { scope: 'openid api://entra-bff-demo/none' }],
] as const)('%s goes back to the app for %o', async (error, parameters) => {
  expect(returned(await browser.get(path(parameters)))).toMatchObject({ error, state: 'st' })
})

test('the port of localhost does not matter', async () => {
  const uri = 'http://localhost:9999/auth/callback'
  const response = await browser.post(path({ redirect_uri: uri }), { user: 'ada@contoso.test' })
  expect(response.headers.get('location')).toMatch(/^http:\/\/localhost:9999\/auth\/callback\?/)
})

test('a sign-in can be made to fail, and its answer to be spoiled', async () => {
  const failed = await browser.post(path(), { fail: 'unavailable' })
  expect(returned(failed)['error']).toBe('temporarily_unavailable')
  const spoiled = await browser.post(path(), { user: 'ada@contoso.test', spoil: 'state_changed' })
  expect(returned(spoiled)['state']).toBe('stx')
  await admin.settings({ sendIss: true })
  const withIss = await browser.post(path(), { user: 'ada@contoso.test' })
  expect(returned(withIss)['iss']).toBe(`${emulator.origin}/${emulator.tenantId}/v2.0`)
  await admin.fault({ on: 'authorize', error: { code: 50000 } })
  expect(returned(await browser.get(path()))['error']).toBe('server_error')
})

test('many groups become a pointer, whose use the log shows', async () => {
  const groups = await admin.requests({ kind: 'groups-overage' })
  expect(groups).toEqual([])
  await fetch(`${emulator.origin}/graph/${emulator.tenantId}/users/x/getMemberObjects`)
  expect(await admin.requests({ kind: 'groups-overage' })).toHaveLength(1)
})

test('the buttons of the page are forms that lead back to it', async () => {
  const pressed = await browser.post('/_admin/faults', { preset: 'wrong_nonce' })
  expect([pressed.status, pressed.headers.get('location')]).toEqual([303, '/'])
  const text = await (await browser.get('/')).text()
  expect(text).toContain('Waiting to strike')
  expect(text).toContain('Registered app')
})
