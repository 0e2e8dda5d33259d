import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { projectRoot } from '../functions-host/project-root.ts'
import { listenOnLoopback, type LoopbackServer } from '../loopback-server.ts'
import { html, type Html } from '../pages/html.ts'
import { page, type PageLink, pageHeaders } from '../pages/layout.ts'
import { landingView } from './landing-view.ts'
import { sessionView } from './session-view.ts'
import { signInNotice } from './sign-in-notice.ts'
import { signedOutView } from './signed-out-view.ts'

/** Where the demo app listens, and the local identity provider's page that it links to. */
export interface DemoAppOptions {
  port?: number
  entraUrl?: string
}

/**
 * The single-page app of the local stack. Browsers reach it on the functions' own origin: the local host hands on
 * every path that no function takes, so its scripts need no CORS and see no token.
 */
export async function startDemoApp(options: DemoAppOptions = {}): Promise<LoopbackServer> {
  const scripts = new Set(await readdir(scriptFolder))
  return await listenOnLoopback((request, response) => {
    answer(request, response, { scripts, entraUrl: options.entraUrl }).catch(() =>
      response.destroy(),
    )
  }, options.port)
}

interface App {
  scripts: Set<string>
  entraUrl: string | undefined
}

async function answer(request: IncomingMessage, response: ServerResponse, app: App): Promise<void> {
  // `//host` would otherwise be taken for an authority.
  const url = new URL('http://127.0.0.1' + (request.url ?? '/'))
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
  } else if (url.pathname === '/favicon.ico') {
    response.writeHead(204).end()
  } else if (url.pathname.startsWith(scriptPrefix)) {
    await sendScript(response, url.pathname.slice(scriptPrefix.length), app.scripts)
  } else {
    sendPage(response, url, app.entraUrl)
  }
}

const scriptPrefix = '/assets/'
/** The scripts are served as they are written, from the source folder even where this file was bundled. */
const scriptFolder = join(projectRoot(), 'dev/demo-app/browser')
const banner = 'Local development'
const policy = pageHeaders({ scriptSrc: "'self'", connectSrc: "'self'" })

function sendPage(response: ServerResponse, url: URL, entraUrl: string | undefined): void {
  const view = viewOf(url)
  const scripts = view.script === undefined ? [] : [scriptPrefix + view.script]
  const body = html`${signInNotice(url.searchParams)}${view.body}`
  response.writeHead(view.status ?? 200, policy)
  const links = linksOf(url.pathname, entraUrl)
  response.end(page({ title: view.title, banner, links, body, scripts }))
}

function linksOf(path: string, entraUrl: string | undefined): PageLink[] {
  const own = [
    { href: '/', text: 'Start' },
    { href: '/session', text: 'Session' },
  ].map((link) => ({ ...link, current: link.href === path }))
  return entraUrl === undefined ? own : [...own, { href: entraUrl, text: 'Local Entra' }]
}

interface View {
  title: string
  body: Html
  script?: string
  status?: number
}

function viewOf(url: URL): View {
  switch (url.pathname) {
    case '/':
      return landingView()
    case '/session':
      return sessionView()
    case '/signed-out':
      return signedOutView(url.searchParams.get('of') === 'app')
    default:
      return notFoundView()
  }
}

function notFoundView(): View {
  const body = html`<div class="card">
    <h1>There is nothing here</h1>
    <p class="muted">Neither a function nor the demo app has this address.</p>
    <div class="buttons"><a class="button primary" href="/">To the start</a></div>
  </div>`
  return { status: 404, title: 'Not found', body }
}

async function sendScript(response: ServerResponse, name: string, known: Set<string>) {
  if (!known.has(name) || !name.endsWith('.js')) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found')
    return
  }
  response.writeHead(200, {
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  })
  response.end(await readFile(join(scriptFolder, name)))
}
