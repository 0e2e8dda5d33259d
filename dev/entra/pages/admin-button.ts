import { html, type Html } from '../../pages/html.ts'

/** One call of the admin API as a button; it leads back to the page. */
export function adminButton(action: string, [name, value]: [string, string], label: string): Html {
  return html`<form method="post" action="${action}">
    <button name="${name}" value="${value}">${label}</button>
  </form>`
}
