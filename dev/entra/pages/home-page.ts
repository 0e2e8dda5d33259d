import { html, type Html } from '../../pages/html.ts'
import type { PageLink } from '../../pages/layout.ts'
import type { Reply } from '../http.ts'
import { badgesOf, type EntraUser } from '../users.ts'
import type { EmulatorState } from '../state.ts'
import { faultsCard } from './faults-card.ts'
import { adminButton } from './admin-button.ts'
import { logCard } from './log-card.ts'
import { entraPage } from './sign-in-frame.ts'
import { stateCard } from './state-card.ts'

/** `GET /`: what is so now, everything that can be made to fail, the users, the sign-in log, the app. */
export function homePage(state: EmulatorState): Reply {
  return entraPage(
    'Local Entra',
    html`${stateCard(state)} ${faultsCard(state)} ${users(state)} ${logCard(state)}
    ${registration(state)}`,
    { links: linksOf(state) },
  )
}

function linksOf({ settings }: EmulatorState): PageLink[] {
  const [app] = settings.redirectUris
  const links = [{ href: '/', text: 'Local Entra', current: true }]
  return app === undefined ? links : [{ href: new URL(app).origin, text: 'Demo app' }, ...links]
}

function registration({ settings, origin }: EmulatorState): Html {
  const tenant = `/${settings.tenantId}`
  return html`<section class="card wide" aria-labelledby="app">
    <h2 id="app">Registered app</h2>
    <dl>
      <dt>Name</dt>
      <dd>${settings.appName}</dd>
      <dt>Client id</dt>
      <dd><code>${settings.clientId}</code></dd>
      <dt>Tenant id</dt>
      <dd><code>${settings.tenantId}</code></dd>
      <dt>Authority</dt>
      <dd><code>${origin}</code></dd>
      <dt>Redirect URIs</dt>
      <dd>${settings.redirectUris.map((uri) => html`<div><code>${uri}</code></div>`)}</dd>
      <dt>Front-channel logout</dt>
      <dd><code>${settings.frontChannelLogoutUrl ?? 'none'}</code></dd>
      <dt>APIs</dt>
      <dd>
        ${settings.apis.map(
          ({ appIdUri, scopes }) =>
            html`<div><code>${appIdUri}</code> ${scopes.map(({ name }) => name).join(', ')}</div>`,
        )}
      </dd>
    </dl>
    <p>
      <a href="${tenant}/v2.0/.well-known/openid-configuration">Discovery document</a> ·
      <a href="${tenant}/discovery/v2.0/keys">Signing keys (JWKS)</a>
    </p>
  </section>`
}

function users(state: EmulatorState): Html {
  return html`<section class="card wide" aria-labelledby="users">
    <h2 id="users">Users</h2>
    <p class="muted">No password is asked for. Open one to end its sign-ins.</p>
    ${state.settings.users.map((user) => userRow(state, user))}
    <div class="buttons">
      ${adminButton('/_admin/sessions/sign-out', ['everywhere', 'yes'], 'Sign everybody out everywhere')}
    </div>
  </section>`
}

function userRow(state: EmulatorState, user: EntraUser): Html {
  const signedIn = [...state.browsers.values()].some((browser) =>
    browser.sessions.some(({ oid }) => oid === user.oid),
  )
  const badges = signedIn ? ['signed in', ...badgesOf(user)] : badgesOf(user)
  return html`<details>
    <summary>
      <strong>${user.name}</strong>
      ${badges.map((badge) => html`<span class="badge">${badge}</span> `)}
    </summary>
    <p>Good for: ${goodFor(user)}</p>
    <p class="muted">${user.username} · object id <code>${user.oid}</code></p>
    <div class="buttons">
      ${adminButton('/_admin/sessions/revoke', ['user', user.oid], `Revoke the sessions of ${user.name}`)}
      ${adminButton('/_admin/sessions/sign-out', ['user', user.oid], `Sign ${user.name} out everywhere`)}
    </div>
  </details>`
}

/** What a developer sees by signing in as this user. */
function goodFor(user: EntraUser): string {
  if (user.blocked) return 'the error page of somebody who is not assigned to the app'
  if (user.disabled) return 'the error page of a disabled account'
  if (user.needsConsent) return 'a sign-in that asks for consent first'
  if (user.needsMfa) return 'a second factor at sign-in and one more step when tokens are renewed'
  if (user.homeTenant) return 'a guest, whose account lives in another tenant'
  if (user.groups.length > 200) return 'a user with too many groups for the token (overage)'
  if (user.email === undefined) return 'an account without an e-mail address'
  if (/\P{ASCII}/u.test(user.name)) return 'a name beyond ASCII, from token to page'
  if (user.roles.length > 0) return `the app as somebody with the role ${user.roles.join(', ')}`
  return 'the app as somebody without any role'
}
