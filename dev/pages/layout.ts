import { createHash } from 'node:crypto'
import { html, markupOf, type Html } from './html.ts'
import { stylesheet } from './stylesheet.ts'

/** What one page says; the single h1 is part of `body`. */
export interface PageOptions {
  title: string
  /** The strip above everything that says where one is. */
  banner: string
  body: Html
  /** Where one can go from everywhere; beside the banner. */
  links?: readonly PageLink[]
  /** URLs of module scripts; their origin must be in `scriptSrc` of {@link pageHeaders}. */
  scripts?: string[]
}

/** A link of the navigation. */
export interface PageLink {
  readonly href: string
  readonly text: string
  /** It is the page that is shown. */
  readonly current?: boolean
}

/** A whole document; everything but `body` is escaped. */
export function page(options: PageOptions): string {
  const scripts = (options.scripts ?? []).map(
    (url) => html`<script type="module" src="${url}"></script>`,
  )
  const head = html`<title>${options.title}</title>`
  const content = html`<header>${options.banner}${navigation(options.links ?? [])}</header>
    <main>${options.body}</main>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${markupOf(head)}
<style>${stylesheet}</style>
${scripts.map(markupOf).join('\n')}
</head>
<body>
${markupOf(content)}
</body>
</html>
`
}

function navigation(links: readonly PageLink[]): Html | undefined {
  if (links.length === 0) return undefined
  return html`<nav aria-label="Local stack">
    ${links.map(
      ({ href, text, current }) =>
        html`<a href="${href}" ${current === true ? html`aria-current="page"` : ''}>${text}</a> `,
    )}
  </nav>`
}

/** Further sources that one page needs, each as CSP source expressions separated by spaces. */
export interface PagePolicy {
  /** Default `'self'`. Chromium holds every redirect that answers the form to it as well. */
  formAction?: string
  frameSrc?: string
  scriptSrc?: string
  connectSrc?: string
  /** Default `'none'`. */
  frameAncestors?: string
}

/** Headers of every local page: never stored, never framed, nothing loaded that is not named. */
export function pageHeaders(policy: PagePolicy = {}): Record<string, string> {
  const directives = [
    `default-src 'none'`,
    `style-src '${stylesheetHash}'`,
    policy.scriptSrc && `script-src ${policy.scriptSrc}`,
    policy.connectSrc && `connect-src ${policy.connectSrc}`,
    policy.frameSrc && `frame-src ${policy.frameSrc}`,
    `form-action ${policy.formAction ?? "'self'"}`,
    `frame-ancestors ${policy.frameAncestors ?? "'none'"}`,
    `base-uri 'none'`,
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': directives.filter(Boolean).join('; '),
    'cross-origin-opener-policy': 'same-origin',
    // With `no-referrer` browsers post forms with `Origin: null`.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  }
}

const stylesheetHash = `sha256-${createHash('sha256').update(stylesheet).digest('base64')}`
