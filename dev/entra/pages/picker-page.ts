import { html, type Html } from '../../pages/html.ts'
import type { AuthorizationRequest } from '../authorization-request.ts'
import { signedInUsers } from '../browsers.ts'
import type { Browser } from '../state.ts'
import type { Exchange, Reply } from '../http.ts'
import { signInFailures, spoiledResponses } from '../sign-in-failures.ts'
import type { EmulatorState } from '../state.ts'
import { badgesOf, findUser, shownUsers, type EntraUser } from '../users.ts'
import { cancelForm, decodedRequest, formAction, shortScope, signInPage } from './sign-in-frame.ts'

/** The sign-in page: test users as buttons, the first one focused so that Enter signs in. */
export function pickerPage(
  state: EmulatorState,
  exchange: Exchange,
  request: AuthorizationRequest,
  browser: Browser,
): Reply {
  const signedIn = signedInUsers(state, browser)
  const users = inOrder(state.settings.users, signedIn, request.loginHint)
  const action = formAction(exchange)
  const buttons = users.map((user, index) => userButton(user, index === 0, signedIn.includes(user)))
  const scopes = request.scope.split(' ').map(shortScope)
  return signInPage(
    'Pick a test user',
    html`<div class="card">
        <h1>Pick a test user</h1>
        <p class="muted"><strong>${state.settings.appName}</strong> asks for ${codes(scopes)}</p>
        <form method="post" action="${action}">
          <ul class="users">
            ${buttons.slice(0, shownUsers)}
          </ul>
          <details>
            <summary>More test users</summary>
            <ul class="users">
              ${buttons.slice(shownUsers)}
            </ul>
          </details>
        </form>
        ${someoneElseForm(action, request.loginHint ?? '')} ${failForm(action)}
        <div class="buttons">${cancelForm(exchange)}</div>
      </div>
      ${decodedRequest(exchange, request)}`,
  )
}

function inOrder(
  users: EntraUser[],
  signedIn: EntraUser[],
  loginHint: string | undefined,
): EntraUser[] {
  const hinted = loginHint === undefined ? undefined : findUser(users, loginHint)
  const first = hinted === undefined ? signedIn : [hinted, ...signedIn]
  return [...new Set([...first, ...users])]
}

function userButton(user: EntraUser, first: boolean, signedIn: boolean): Html {
  const badges = [...(signedIn ? ['signed in'] : []), ...badgesOf(user)]
  return html`<li>
    <button class="user" name="user" value="${user.oid}" ${first ? html`autofocus` : ''}>
      <span class="avatar tint-${tintOf(user)}" aria-hidden="true">${initials(user.name)}</span>
      <span class="who"
        ><span>${user.name}</span><small>${user.username}</small>
        ${
          badges.length > 0 &&
          html`<span class="badges">
            ${badges.map((badge) => html`<span class="badge">${badge}</span> `)}
          </span>`
        }
      </span>
    </button>
  </li>`
}

function someoneElseForm(action: string, username: string): Html {
  return html`<details>
    <summary>Someone else</summary>
    <form method="post" action="${action}">
      <input type="hidden" name="other" value="yes" />
      <label>User name <input name="username" value="${username}" autocomplete="off" /></label>
      <label>Name <input name="name" autocomplete="off" /></label>
      <label>Roles, separated by commas <input name="roles" autocomplete="off" /></label>
      <label>
        Further claims of the ID token, as JSON
        <input name="claims" placeholder='{"department":"R&amp;D"}' autocomplete="off" />
      </label>
      <button class="primary">Sign in</button>
    </form>
  </details>`
}

function failForm(action: string): Html {
  return html`<details>
    <summary>Fail this sign-in</summary>
    <form method="post" action="${action}" class="buttons">
      ${signInFailures.map(
        ({ id, label, code }) =>
          html`<button name="fail" value="${id}">${label} (${code})</button> `,
      )}
    </form>
    <form method="post" action="${action}" class="buttons">
      <input type="hidden" name="user" value="ada@contoso.test" />
      ${spoiledResponses.map(
        ({ id, label }) => html`<button name="spoil" value="${id}">Ada, ${label}</button> `,
      )}
    </form>
  </details>`
}

/** The same colour for the same person everywhere. */
function tintOf({ oid }: EntraUser): number {
  return Array.from(oid).reduce((sum, character) => sum + character.charCodeAt(0), 0) % 6
}

function codes(texts: string[]): Html[] {
  return texts.map((text) => html`<code>${text}</code> `)
}

function initials(name: string): string {
  const words = name.split(' ').filter((word) => /^\p{Letter}/u.test(word))
  return words
    .slice(0, 2)
    .map((word) => Array.from(word)[0] ?? '')
    .join('')
}
