import type { BrowserContext, Page } from 'playwright-core'
import type { Bff } from '../../src/client/bff.ts'
import type { Stack } from './stack.ts'

declare global {
  /** The helper of the page, where a test evaluates. */
  var bff: Bff
  var answer: Promise<unknown>
}

/** What the page of a test does beside making the helper. */
export interface ClientPage {
  /** Argument of `createBff`, as JavaScript. */
  readonly options?: string
  /** Runs after `bff` was made. */
  readonly script?: string
  /** Nobody has clicked: the browser's driver counts as somebody otherwise. */
  readonly untouched?: boolean
}

/** Serves a small app on every path below `/app`, on the functions' own origin. */
export async function serveApp(
  context: BrowserContext,
  stack: Stack,
  { options = '{}', script = '', untouched = false }: ClientPage = {},
): Promise<void> {
  await context.unroute(/\/app/)
  await context.route(
    (url) => url.origin === stack.origin && url.pathname.startsWith('/app'),
    (route) =>
      route.fulfill({
        contentType: 'text/html',
        body: `<!doctype html><title>App</title><input aria-label="Note"><button>Press</button>
<script type="module">
import { createBff } from '/auth/client.js'
${untouched ? "Object.defineProperty(navigator, 'userActivation', { value: undefined })" : ''}
globalThis.bff = createBff(${options})
bff.subscribe(({ status }) => { document.title = status })
${script}
</script>`,
      }),
  )
}

/** Opens the app and waits until it knows who is signed in. */
export async function openApp(context: BrowserContext, stack: Stack, path = '/app'): Promise<Page> {
  const page = await context.newPage()
  await page.goto(stack.url(path))
  await known(page)
  return page
}

/** Waits for the first answer. */
export async function known(page: Page): Promise<void> {
  await page.waitForFunction('globalThis.bff && bff.state.status !== "loading"')
}

/** Waits until the page shows this. */
export async function shows(page: Page, status: 'authenticated' | 'anonymous'): Promise<void> {
  await page.waitForFunction(`globalThis.bff?.state.status === "${status}"`)
}

/** Signs in by the page's own button-less call, as Ada or who is named. */
export async function signInHere(page: Page, stack: Stack, name = 'Ada Admin'): Promise<void> {
  await page.evaluate('void bff.login()')
  await page.waitForURL(`${stack.entra.origin}/**`)
  await page.getByRole('button', { name }).first().click()
  await page.waitForURL(`${stack.origin}/app**`)
  await shows(page, 'authenticated')
}
