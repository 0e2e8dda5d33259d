import { afterAll, expect } from 'vitest'
import { listenOnLoopback } from '../../dev/loopback-server.ts'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { shownJson, signInByHand } from '../support/people.ts'

/** What workers do that pass every request on: as it is, or with an option of their own. */
const workers = {
  untouched: 'fetch(event.request)',
  'with a signal': 'fetch(event.request, { signal: new AbortController().signal })',
} as const

const files = await listenOnLoopback((request, response) => {
  const kind = new URL(request.url ?? '/', 'http://localhost').searchParams.get('kind')
  if (kind === null) {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>App</title>')
    return
  }
  response.setHeader('content-type', 'text/javascript').end(`
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
self.addEventListener('fetch', (event) => {
  event.respondWith(${workers[kind as keyof typeof workers]})
})`)
})
afterAll(() => files.stop())

const test = browserStackTest({ behind: files.origin })

test.for(Object.keys(workers))(
  'A-10 B-11 a worker that passes navigations on %s is no obstacle to sign-in and sign-out',
  async (kind, { browser, stack }) => {
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(stack.url('/'))
    await page.evaluate(`navigator.serviceWorker.register('/worker.js?kind=${kind}')`)
    await page.waitForFunction('navigator.serviceWorker.controller !== null')

    await signInByHand(page, stack)
    expect(await shownJson(page)).toMatchObject({ authenticated: true })

    await page.goto(stack.url('/auth/logout?returnTo=/'))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(stack.url('/'))
    const session = await page.evaluate(`fetch('/auth/session').then((answer) => answer.json())`)
    expect(session).toMatchObject({ authenticated: false })
    await context.close()
  },
)
