import { html } from '../../pages/html.ts'
import type { AuthorizationRequest } from '../authorization-request.ts'
import type { Exchange, Reply } from '../http.ts'
import type { EmulatorState } from '../state.ts'
import type { EntraUser } from '../users.ts'
import { decodedRequest, formAction, signInPage } from './sign-in-frame.ts'

/** Asks the person to let the app have what it wants; declining is `access_denied`. */
export function consentPage(
  state: EmulatorState,
  exchange: Exchange,
  request: AuthorizationRequest,
  { user, scopes }: { user: EntraUser; scopes: string[] },
): Reply {
  const shown = scopes.length > 0 ? scopes : request.scope.split(' ')
  const mfa = exchange.form.get('mfa')
  return signInPage(
    'Permissions requested',
    html`<div class="card">
        <h1>Permissions requested</h1>
        <p>
          <strong>${state.settings.appName}</strong> would like, as ${user.name} (${user.username}):
        </p>
        <ul>
          ${shown.map((scope) => html`<li><code>${scope}</code></li>`)}
        </ul>
        <form method="post" action="${formAction(exchange)}" class="buttons">
          <input type="hidden" name="user" value="${user.oid}" />
          ${mfa === null ? '' : html`<input type="hidden" name="mfa" value="${mfa}" />`}
          <button class="primary" name="consent" value="accepted" autofocus>Accept</button>
          <button name="fail" value="cancelled">Decline</button>
        </form>
      </div>
      ${decodedRequest(exchange, request)}`,
  )
}
