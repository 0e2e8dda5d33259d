import { html, type Html } from '../../pages/html.ts'
import { page, pageHeaders, type PageLink, type PagePolicy } from '../../pages/layout.ts'
import type { AuthorizationRequest } from '../authorization-request.ts'
import type { Exchange, Reply } from '../http.ts'

const banner = 'Local Entra emulator. Not Microsoft. No password is asked for.'

/**
 * Forms of the sign-in lead on to the app, which may redirect again; Chromium holds every hop to
 * `form-action`, and where the app goes is the app's business.
 */
const leadsToTheApp = "'self' http: https:"

/** A page of the emulator. */
export function entraPage(
  title: string,
  body: Html,
  options: { status?: number; policy?: PagePolicy; scripts?: string[]; links?: PageLink[] } = {},
): Reply {
  const { scripts, links } = options
  return {
    status: options.status ?? 200,
    headers: pageHeaders(options.policy),
    body: page({ title, banner, body, ...(scripts && { scripts }), ...(links && { links }) }),
  }
}

/** A page in the middle of a sign-in, whose forms end at the app. */
export function signInPage(title: string, body: Html): Reply {
  return entraPage(title, body, { policy: { formAction: leadsToTheApp } })
}

/** Where the page's forms post to: the same authorization request. */
export function formAction(exchange: Exchange): string {
  return `${exchange.url.pathname}${exchange.url.search}`
}

/** A form of one button that gives the sign-in up. */
export function cancelForm(exchange: Exchange): Html {
  return html`<form method="post" action="${formAction(exchange)}">
    <button name="fail" value="cancelled">Cancel</button>
  </form>`
}

/** "The request, decoded": what the app asked for, and whether it protects itself. */
export function decodedRequest(exchange: Exchange, request: AuthorizationRequest): Html {
  const pkce = request.codeChallenge !== undefined && request.codeChallengeMethod === 'S256'
  const rows = [...exchange.url.searchParams].map(
    ([name, value]) =>
      html`<dt>${name}</dt>
        <dd><code>${value}</code></dd>`,
  )
  return html`<details>
    <summary>The request, decoded</summary>
    <p>
      ${mark(pkce)} PKCE with S256 · ${mark(request.target.state !== null)} state ·
      ${mark(request.nonce !== undefined)} nonce · ✓ redirect URI is registered
    </p>
    <dl>${rows}</dl>
  </details>`
}

/** A scope for people: long resources are shortened. */
export function shortScope(scope: string): string {
  return scope.replace(/^api:\/\/.+\//, 'api://…/')
}

function mark(good: boolean): string {
  return good ? '✓' : '✗ no'
}
