import { createHash } from 'node:crypto'
import {
  navigationErrors,
  type ProblemCode,
  problems,
  type SignInAction,
  type SignInErrorCode,
  signInErrors,
} from '../base/errors.ts'
import type { Cookie, Reply } from './messages.ts'
import { retryAfter } from './replies.ts'

const style = `:root{color-scheme:light dark;--bg:#f5f6f8;--card:#fff;--text:#1b1d22;--soft:#525a66;--line:#d5d9df;--accent:#0b5cad;--on:#fff;--bad:#b3201a}
@media(prefers-color-scheme:dark){:root{--bg:#15181d;--card:#1e232a;--text:#eceff3;--soft:#a9b2bf;--line:#3a424d;--accent:#7db7f5;--on:#10151c;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;font:1rem/1.5 system-ui,sans-serif;background:var(--bg);color:var(--text)}
main{max-width:27rem;margin:3rem auto;padding:1.5rem;background:var(--card);border:1px solid var(--line);border-radius:.6rem}
h1{margin:0 0 .5rem;font-size:1.4rem}h1.bad{color:var(--bad)}p{margin:0 0 1rem;color:var(--soft)}
a.button,button{display:inline-flex;align-items:center;min-height:2.75rem;padding:0 1rem;border:1px solid var(--line);border-radius:.4rem;font:inherit;text-decoration:none;color:var(--text);background:none;cursor:pointer}
a.primary,button.primary{background:var(--accent);border-color:var(--accent);color:var(--on)}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}summary{min-height:2.75rem;padding-top:.6rem}
dl{margin:0;font-size:.9rem}dt{color:var(--soft)}dd{margin:0 0 .5rem;overflow-wrap:anywhere}
nav,form{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 .5rem}
@media(max-width:30rem){main{margin:0;border:0;border-radius:0;min-height:100vh}}`

const styleHash = `'sha256-${createHash('sha256').update(style).digest('base64')}'`

const actions: Record<SignInAction, string> = {
  sign_in: 'Sign in again',
  try_again: 'Try again',
  other_account: 'Try another account',
}

/**
 * The page that a sign-in ends on: its `Refresh: 0` makes the next page a navigation of our own,
 * which carries the Strict cookie; a 303 would still be part of the provider's navigation. Without a
 * cookie it is the end of a silent sign-in that the provider refused.
 */
export function arrivalPage(returnTo: URL, cookies: Cookie[]): Reply {
  const title = cookies.length > 0 ? 'Signed in' : 'You are not signed in'
  return { ...passingPage(title, returnTo), cookies }
}

/** The way back to the app for somebody whose sign-in was finished before; it says nothing of it. */
export function landingPage(returnTo: URL): Reply {
  return passingPage('Back to the app', returnTo)
}

function passingPage(title: string, returnTo: URL): Reply {
  const body = `<h1>${title}</h1><p>Taking you back to the app.</p><nav><a class="button primary" href="${escapeHtml(returnTo.href)}">Go on</a></nav>`
  const reply = html(200, title, body, "form-action 'none'")
  return { ...reply, headers: { ...reply.headers, refresh: `0; url=${returnTo.href}` } }
}

/** What every error page shows beside its sentence. */
export interface ErrorPage {
  readonly correlationId: string
  /** Absolute URL of the login endpoint, with the returnTo where it is known. */
  readonly loginUrl: URL
  readonly appUrl: URL
  readonly time: Date
  readonly retryAfterSeconds?: number | undefined
}

/** The page of a failed sign-in: one sentence, one action, details for support; no outside text. */
export function signInErrorPage(
  page: ErrorPage & {
    readonly code: SignInErrorCode
    /** AADSTS numbers, for support. */
    readonly providerCodes: readonly number[]
  },
): Reply {
  const { status, sentence, action } = signInErrors[page.code]
  const title = status === 200 ? 'You are not signed in' : 'Sign-in did not finish'
  const codes = page.providerCodes.map(providerCode).join('')
  const links = buttons(action, page, maySignedIn.includes(page.code))
  return errorPage({ ...page, status, title, sentence, codes }, links)
}

/** The page where the way to one of our pages is refused, with the status of the problem. */
export function refusalPage(page: ErrorPage & { readonly code: ProblemCode }): Reply {
  const { status } = problems[page.code]
  const { sentence, action } = wordsOf(page.code)
  const title = 'This did not work'
  return errorPage({ ...page, status, title, sentence, codes: '' }, buttons(action, page))
}

/** The page of an app whose settings are wrong: it knows no address to lead to. */
export function misconfiguredPage(page: Pick<ErrorPage, 'correlationId' | 'time'>): Reply {
  const code = 'configuration_error'
  const { status, sentence } = signInErrors[code]
  const title = 'This did not work'
  const again = `<a class="button primary" href="">${actions.try_again}</a>`
  return errorPage({ ...page, code, status, title, sentence, codes: '' }, again)
}

/**
 * Where an administrator's approval ends (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
 * Whoever comes here may have typed the address: nothing is said of what was approved.
 */
export function adminConsentPage(page: Pick<ErrorPage, 'loginUrl' | 'appUrl'>): Reply {
  const title = 'Back from the approval'
  const body = `<h1>${title}</h1><p>Sign in to see whether this app can be used now.</p><nav>${buttons('sign_in', page)}</nav>`
  return html(200, title, body, "form-action 'none'")
}

function wordsOf(code: ProblemCode): { sentence: string; action: SignInAction | 'back' } {
  if (code in navigationErrors) return navigationErrors[code as keyof typeof navigationErrors]
  if (code in signInErrors) return signInErrors[code as keyof typeof signInErrors]
  return navigationErrors.server_error
}

/** What an old tab or a copied link ends in: the browser may well be signed in. */
const maySignedIn: readonly SignInErrorCode[] = [
  'login_expired',
  'login_not_started',
  'login_cancelled',
  'user_changed',
]

function buttons(
  action: SignInAction | 'back',
  { loginUrl, appUrl }: Pick<ErrorPage, 'loginUrl' | 'appUrl'>,
  backFirst = false,
): string {
  const link = (to: URL, text: string, kind = 'button') =>
    `<a class="${kind}" href="${escapeHtml(to.href)}">${text}</a>`
  const first = 'button primary'
  const back = 'Back to the app'
  if (action === 'back') return link(appUrl, back, first)
  const login = new URL(loginUrl)
  if (action === 'other_account') login.searchParams.set('prompt', 'select_account')
  return backFirst
    ? link(appUrl, back, first) + link(login, actions[action])
    : link(login, actions[action], first) + link(appUrl, back)
}

function errorPage(
  page: {
    readonly code: string
    readonly status: number
    readonly title: string
    readonly sentence: string
    readonly codes: string
    readonly correlationId: string
    readonly time: Date
    readonly retryAfterSeconds?: number | undefined
  },
  links: string,
): Reply {
  const body = `<h1 class="bad">${page.title}</h1><p role="alert">${page.sentence}</p>
<nav>${links}</nav>
<details><summary>Details for support</summary><dl><dt>Code</dt><dd>${page.code}</dd>${page.codes}<dt>Correlation id</dt><dd>${page.correlationId}</dd><dt>Time</dt><dd>${page.time.toISOString()}</dd></dl></details>`
  const reply = html(page.status, page.title, body, "form-action 'none'")
  return {
    ...reply,
    headers: { ...reply.headers, ...retryAfter(page.status, page.retryAfterSeconds) },
  }
}

/**
 * The page with the sign-out button. Browsers post `Origin: null` under `no-referrer`, and Chromium
 * holds the redirect after a form to form-action: hence this page's two exceptions.
 */
export function logoutPage(page: {
  readonly action: URL
  readonly returnTo: URL
  readonly endSessionOrigin: string | undefined
  /** Present after a sign-out that failed: with a 503 the person is still signed in. */
  readonly failure?: { readonly status: number; readonly retryAfterSeconds?: number | undefined }
}): Reply {
  const { failure } = page
  const sentence =
    failure === undefined
      ? '<p>Do you want to sign out of this app?</p>'
      : '<p role="alert">Signing out did not work. You are still signed in: try again in a moment.</p>'
  const body = `<h1>Sign out</h1>${sentence}
<form method="post" action="${escapeHtml(page.action.href)}"><input type="hidden" name="returnTo" value="${escapeHtml(page.returnTo.href)}"><button class="primary">Sign out</button><a class="button" href="${escapeHtml(page.returnTo.href)}">Cancel</a></form>`
  // The redirect after the form may lead to the provider, and from there or at once to returnTo.
  const targets = [page.endSessionOrigin, page.returnTo.origin].filter(
    (origin) => origin !== undefined && origin !== page.action.origin,
  )
  const formAction = ["form-action 'self'", ...targets].join(' ')
  const reply = html(failure?.status ?? 200, 'Sign out', body, formAction)
  return {
    ...reply,
    headers: {
      ...reply.headers,
      'referrer-policy': 'same-origin',
      ...retryAfter(reply.status, failure?.retryAfterSeconds),
    },
  }
}

function html(status: number, title: string, body: string, formAction: string): Reply {
  return {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      // Whoever opened the page in a window of theirs keeps no hold of it.
      'cross-origin-opener-policy': 'same-origin',
      'content-security-policy': `default-src 'none'; style-src ${styleHash}; frame-ancestors 'none'; base-uri 'none'; ${formAction}`,
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title}</title><style>${style}</style></head><body><main>${body}</main></body></html>`,
  }
}

function providerCode(code: number): string {
  return `<dt>Provider's code</dt><dd><a href="https://login.microsoftonline.com/error?code=${code}" rel="noreferrer">AADSTS${code}</a></dd>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
