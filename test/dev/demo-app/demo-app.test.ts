import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDemoApp } from '../../../dev/demo-app/demo-app.ts'
import type { LoopbackServer } from '../../../dev/loopback-server.ts'

let app: LoopbackServer

beforeAll(async () => {
  app = await startDemoApp({ entraUrl: 'http://127.0.0.1:7072/' })
})

afterAll(() => app.stop())

test.each(['/', '/session', '/signed-out'])('%s is a page that loads only itself', async (path) => {
  const answer = await fetch(app.origin + path)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
  )
  const document = await answer.text()
  expect(document.match(/<h1/g)).toHaveLength(1)
  const script = /<script type="module" src="([^"]+)"/.exec(document)?.[1] ?? ''
  const served = await fetch(app.origin + script)
  expect(served.headers.get('content-type')).toContain('text/javascript')
  expect(await served.text()).toContain('// @ts-check')
})

test.each([
  '/nothing',
  '//',
  '//127.0.0.1:1/',
  '/assets/',
  '/assets/tsconfig.json',
  '/assets/..%2fdemo-app.ts',
])('%s is not found', async (path) => {
  expect((await fetch(app.origin + path)).status).toBe(404)
})

test('only reading is allowed', async () => {
  const answer = await fetch(app.origin, { method: 'POST' })
  expect(answer.status).toBe(405)
  expect(answer.headers.get('allow')).toBe('GET, HEAD')
})

test('a failed sign-in is explained in our own words', async () => {
  const cid = '4bf92f3577b34da6a3ce929d0e0e4736'
  const document = await page(`/?auth_error=access_denied&cid=${cid}`)
  expect(document).toContain('You are not assigned to this app')
  expect(document).toContain(cid)
})

test('nothing of an unknown error is repeated', async () => {
  const document = await page('/?auth_error=<b>owned</b>&cid=call+555-0100')
  expect(document).toContain('The sign-in could not be completed')
  expect(document).not.toMatch(/owned|555/)
})

test('signing out of the app alone is said to be that', async () => {
  expect(await page('/signed-out?of=app')).toContain('you may still be signed in there')
  expect(await page('/signed-out')).not.toContain('you may still be signed in there')
})

async function page(path: string): Promise<string> {
  return await (await fetch(app.origin + path)).text()
}
