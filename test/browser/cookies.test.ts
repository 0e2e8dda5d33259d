import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { projectRoot } from '../../dev/functions-host/project-root.ts'
import { listenOnLoopback, type LoopbackServer } from '../../dev/loopback-server.ts'
import { localCertificate } from '../../dev/start/certificate.ts'
import { browserStackTest } from '../support/browser-stack-test.ts'
import { openLogin, pickUser, shownJson, signInByHand } from '../support/people.ts'

const directory = await mkdtemp(join(tmpdir(), 'certificate-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

const test = browserStackTest()
const httpsTest = browserStackTest({ tls: await localCertificate(directory) })

describe('over http on loopback', () => {
  let attacker: LoopbackServer
  beforeAll(async () => {
    attacker = await listenOnLoopback((_, response) => {
      response.setHeader('content-type', 'text/html').end('<!doctype html><title>Attack</title>')
    })
  })
  afterAll(() => attacker?.stop())

  test('E-01 E-02 the cookies are as the browser stored them', async ({ context, stack }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    const cookies = (await context.cookies()).filter(({ domain }) => domain === 'localhost')
    expect(cookies.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      {
        name: expect.stringMatching(/^login-\d+$/),
        value: expect.stringMatching(/^[\w-]{43}$/),
        path: '/',
        httpOnly: true,
        secure: false,
        sameSite: 'Lax',
      },
      {
        name: expect.stringMatching(/^session-\d+$/),
        value: expect.stringMatching(/^v1\.[\w.-]{128}$/),
        path: '/',
        httpOnly: true,
        secure: false,
        sameSite: 'Strict',
      },
    ])
    const left =
      cookies.find(({ name }) => name.startsWith('session-'))!.expires - Date.now() / 1000
    expect(left).toBeGreaterThan(11 * 3600)
    expect(left).toBeLessThan(13 * 3600)
    expect(await page.evaluate('document.cookie')).toBe('')
  })

  /** A hostile page at this host, which can do what the fixture says. */
  async function openAttack(page: Page, host: string): Promise<void> {
    await page.goto(`http://${host}:${new URL(attacker.origin).port}/`)
    await page.addScriptTag({ path: join(projectRoot(), 'test/fixtures/attack/attack.js') })
  }

  test.for([
    ['of another site', '127.0.0.1'],
    ['of another port of the same site, which the Strict cookie goes with', 'localhost'],
  ] as const)(
    'F-06 E-02 a page %s cannot refresh or sign out',
    async ([, host], { context, stack }) => {
      const page = await context.newPage()
      await signInByHand(page, stack)
      await stack.admin.clearRequests()
      const sent: string[] = []
      page.on('request', (request) => {
        if (request.url().startsWith(stack.origin)) sent.push(request.method())
      })
      await openAttack(page, host)
      await page.evaluate(`sendEverything('${stack.origin}')`)
      expect(sent.filter((method) => method === 'POST').length).toBeGreaterThan(10)
      expect(await stack.admin.requests({ kind: 'token' })).toEqual([])
      await page.goto(stack.url('/auth/session'))
      expect(await shownJson(page)).toMatchObject({ authenticated: true })
    },
  )

  test('F-06 H-01 a form posted as a whole page from elsewhere does not sign out', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    for (const host of ['127.0.0.1', 'localhost']) {
      await openAttack(page, host)
      await page.evaluate(`submitForm('${stack.url('/auth/logout')}')`)
      await page.waitForURL(stack.url('/auth/logout'))
      expect(await page.getByRole('alert').innerText()).toContain('nothing was done')
    }
    await page.goto(stack.url('/auth/session'))
    expect(await shownJson(page)).toMatchObject({ authenticated: true })
  })

  test('E-10 a page of another port of the site can neither read nor frame the session', async ({
    context,
    stack,
  }) => {
    const page = await context.newPage()
    await signInByHand(page, stack)
    await openAttack(page, 'localhost')
    expect(await page.evaluate(`readEverything('${stack.origin}')`)).toEqual({
      plain: 'failed',
      asking: 'failed',
      opaque: expect.stringMatching(/^(failed|opaque )$/),
      script: 'refused',
    })
    const texts = await Promise.all(
      page.frames().map((frame) =>
        frame
          .locator('body')
          .innerText()
          .catch(() => ''),
      ),
    )
    expect(texts.join('')).not.toContain('ada@')
  })
})

describe('over https, with the real names', () => {
  httpsTest(
    'E-01 E-04 the browser takes the prefixed cookies, and gives them up',
    async ({ browser, stack }) => {
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const page = await context.newPage()
      await openLogin(page, stack, '?returnTo=/')
      await pickUser(page, stack.url('/'))
      const cookies = (await context.cookies(stack.origin)).toSorted((a, b) =>
        a.name.localeCompare(b.name),
      )
      expect(cookies).toMatchObject([
        { name: '__Host-Http-login', path: '/', httpOnly: true, secure: true, sameSite: 'Lax' },
        {
          name: '__Host-Http-session',
          path: '/',
          httpOnly: true,
          secure: true,
          sameSite: 'Strict',
        },
      ])
      await page.evaluate(`document.cookie = '__Host-Http-session=planted; Path=/; Secure'`)
      await page.evaluate(`document.cookie = '__Host-Http-login=planted; Path=/; Secure'`)
      expect(await page.evaluate('document.cookie')).toBe('')
      const read = await page.evaluate(
        `fetch('/auth/session', { headers: { 'X-CSRF': '1' } }).then((reply) => reply.json())`,
      )
      expect(read).toMatchObject({ authenticated: true })
      await page.evaluate(`fetch('/auth/logout', { method: 'POST', headers: { 'X-CSRF': '1' } })`)
      expect((await context.cookies(stack.origin)).map(({ name }) => name)).toEqual([
        '__Host-Http-login',
      ])
      await context.close()
    },
  )

  httpsTest(
    'E-02 B-12 form_post: the binding travels with the cross-site POST',
    async ({ browser, stack }) => {
      await stack.restart({ RESPONSE_MODE: 'form_post' })
      const context = await browser.newContext({ ignoreHTTPSErrors: true })
      const page = await context.newPage()
      await signInByHand(page, stack)
      expect(await shownJson(page)).toMatchObject({ authenticated: true })
      const cookies = (await context.cookies(stack.origin)).map(({ name, sameSite }) => [
        name,
        sameSite,
      ])
      expect(Object.fromEntries(cookies)).toEqual({
        '__Host-Http-login': 'None',
        '__Host-Http-session': 'Strict',
      })
      await context.close()
    },
  )
})
