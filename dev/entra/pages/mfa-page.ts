import { html } from '../../pages/html.ts'
import type { AuthorizationRequest } from '../authorization-request.ts'
import type { Exchange, Reply } from '../http.ts'
import type { EntraUser } from '../users.ts'
import { cancelForm, decodedRequest, formAction, signInPage } from './sign-in-frame.ts'

/** The second factor: one button approves. */
export function mfaPage(exchange: Exchange, request: AuthorizationRequest, user: EntraUser): Reply {
  const contexts = request.claims.acrs.join(', ')
  return signInPage(
    'Approve the sign-in',
    html`<div class="card">
        <h1>Approve the sign-in</h1>
        <p>${user.name} (${user.username}) needs a second factor here.</p>
        ${
          contexts === ''
            ? ''
            : html`<p class="muted">The app asks for the authentication context ${contexts}.</p>`
        }
        <div class="buttons">
          <form method="post" action="${formAction(exchange)}">
            <input type="hidden" name="user" value="${user.oid}" />
            <button class="primary" name="mfa" value="approved" autofocus>Approve</button>
          </form>
          ${cancelForm(exchange)}
        </div>
      </div>
      ${decodedRequest(exchange, request)}`,
  )
}
