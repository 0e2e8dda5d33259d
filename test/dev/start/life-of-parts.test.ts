import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createEntraAdmin } from '../../../dev/entra/admin-client.ts'
import { createPortFinder } from '../../../dev/start/ports.ts'
import { createHttpBrowser, type HttpBrowser } from '../../support/http-browser.ts'
import { freePort, startLocalStack, type LocalStack } from '../../support/local-stack.ts'

let stack: LocalStack | undefined

afterEach(async () => {
  await stack?.stop()
  stack = undefined
})

/** Signs Ada in, as the redirects of a browser would. */
async function signIn({ origin, addresses }: LocalStack, browser: HttpBrowser): Promise<void> {
  const login = await browser.navigate(`${origin}/auth/login?returnTo=/`)
  const entra = createEntraAdmin(addresses.emulated?.entraOrigin ?? '')
  const authorize = login.headers['location'] ?? ''
  const { location = '' } = await entra.authorize(authorize, { user: 'ada@contoso.test' })
  expect((await browser.navigate(location)).status).toBe(200)
}

test('--persist: a session goes on after a restart, with its API and its refresh, and the count is told', async () => {
  const root = await mkdtemp(join(tmpdir(), 'persist-'))
  const ports = new Map<number, number>()
  const options = { persistIn: root, ports }
  const browser = createHttpBrowser()
  stack = await startLocalStack(options)
  expect(stack.kept).toEqual({ sessions: 0, signedInToEntra: 0, wasIncomplete: false })
  await signIn(stack, browser)
  await stack.stop()

  stack = await startLocalStack({ ...options, values: { REFRESH_COOLDOWN_SECONDS: '0' } })
  expect(stack.kept?.sessions).toBe(1)
  const { origin } = stack
  expect((await browser.call('GET', `${origin}/auth/session`)).json()).toMatchObject({
    authenticated: true,
  })
  expect((await browser.call('GET', `${origin}/api/demo/me`)).status).toBe(200)
  expect((await browser.call('POST', `${origin}/auth/refresh`)).status).toBe(200)
})

test('--persist: where one part is missing nothing is kept', async () => {
  const root = await mkdtemp(join(tmpdir(), 'persist-'))
  const options = { persistIn: root, ports: new Map<number, number>() }
  const browser = createHttpBrowser()
  stack = await startLocalStack(options)
  await signIn(stack, browser)
  await stack.stop()
  await rm(join(root, '.local/vault'), { recursive: true })

  stack = await startLocalStack(options)
  expect(stack.kept).toMatchObject({ sessions: 0, wasIncomplete: true })
  const answer = await browser.call('GET', `${stack.origin}/auth/session`)
  expect(answer.json()).toMatchObject({ authenticated: false })
})

test('Azurite that dies is told of and started again; one that dies at once waits for the key r', async () => {
  const notices: string[] = []
  stack = await startLocalStack({ onNotice: (message) => notices.push(message) })
  const told = (pattern: RegExp): Promise<void> =>
    expect.poll(() => notices.some((notice) => pattern.test(notice))).toBe(true)
  process.kill(stack.tablesProcess(), 'SIGKILL')
  await told(/Azurite\) ended.*SIGKILL/)
  await stack.reload({})
  await told(/runs again; everybody is signed out/)

  expect((await fetch(`${stack.origin}/health/ready`)).status).toBe(200)
})

test('code that throws at load is shown with its stack, told as no restart, and gone when it is mended', async () => {
  const appDirectory = await mkdtemp(join(tmpdir(), 'app-'))
  await cp('dist', appDirectory, { recursive: true })
  stack = await startLocalStack({ appDirectory })
  const { origin } = stack
  const main = join(appDirectory, 'functions.js')

  await writeFile(main, 'throw new Error("the code is <broken>")')
  await expect(stack.reload({})).rejects.toThrow(/could not be loaded.*the code is <broken>/s)
  for (const path of ['/', '/auth/session']) {
    const page = await fetch(origin + path)
    expect(page.status).toBe(500)
    expect(await page.text()).toMatch(/could not be loaded[\s\S]*the code is &lt;broken&gt;/)
  }

  await cp('dist/functions.js', main)
  expect(await stack.reload({})).toEqual([])
  expect((await fetch(`${origin}/auth/session`)).status).toBe(200)
})

test('a port that somebody asked for and that is taken is an error', async () => {
  const finder = createPortFinder([], () => undefined)
  const port = await freePort()
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(port, '127.0.0.1', resolve))
  await expect(finder.take(port)).rejects.toThrow(`port ${port} is taken`)
  await new Promise((resolve) => taken.close(resolve))
  expect(await finder.take(port)).toBe(port)
})
