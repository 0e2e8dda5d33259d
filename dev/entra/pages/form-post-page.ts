import { html } from '../../pages/html.ts'
import type { AuthorizationResponse } from '../authorization-response.ts'
import type { Reply } from '../http.ts'
import { entraPage } from './sign-in-frame.ts'

/** `response_mode=form_post` (OAuth 2.0 Form Post Response Mode §2): a form that posts itself. */
export function formPostPage({ target, parameters }: AuthorizationResponse): Reply {
  return entraPage(
    'Working…',
    html`<div class="card">
      <h1>Going back to the app</h1>
      <form method="post" action="${target.redirectUri}" id="response">
        ${parameters.map(
          ([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`,
        )}
        <button class="primary" autofocus>Continue</button>
      </form>
    </div>`,
    {
      scripts: ['/form-post.js'],
      policy: { scriptSrc: "'self'", formAction: "'self' http: https:" },
    },
  )
}

/** `GET /form-post.js`: a file, so that the page needs no inline script. */
export function formPostScript(): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' },
    body: "document.getElementById('response').submit()\n",
  }
}
