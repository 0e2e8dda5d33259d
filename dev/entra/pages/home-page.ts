import { html, type Html } from '../../pages/html.ts'
import { faultPresets } from '../fault-presets.ts'
import type { Reply } from '../http.ts'
import type { LogEntry } from '../log-entry.ts'
import type { EmulatorState } from '../state.ts'
import { badgesOf, type EntraUser } from '../users.ts'
import { entraPage } from './sign-in-frame.ts'

const shownEntries = 50

/** `GET /`: the registered app, the users, the sign-in log, and everything that can be made to fail. */
export function homePage(state: EmulatorState): Reply {
  return entraPage(
    'Local Entra',
    html`<div class="wide">
        <h1>Local Entra</h1>
        <p class="muted">An emulator of Microsoft Entra ID, in memory, on this machine only.</p>
      </div>
      <div class="wide halves">${registration(state)} ${users(state)}</div>
      ${faults(state)} ${log(state)}`,
  )
}

function registration({ settings, origin }: EmulatorState): Html {
  const tenant = `/${settings.tenantId}`
  return html`<section class="card" aria-labelledby="app">
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
  return html`<section class="card" aria-labelledby="users">
    <h2 id="users">Users</h2>
    ${signOutNotice(state)} ${state.settings.users.map((user) => userRow(state, user))}
    <div class="buttons">
      ${button('/_admin/sessions/sign-out', 'everywhere', 'yes', 'Sign everybody out everywhere')}
    </div>
  </section>`
}

function signOutNotice({ signOutAnswers }: EmulatorState): Html | string {
  if (signOutAnswers.length === 0) return ''
  const answers = signOutAnswers.map((status) =>
    status === null ? 'could not be reached' : `answered ${status}`,
  )
  const failed = signOutAnswers.some((status) => status !== 200)
  return html`<p class="notice ${failed ? 'bad' : ''}">
    Signed out everywhere. The app ${answers.join(', ')}.
  </p>`
}

function userRow(state: EmulatorState, user: EntraUser): Html {
  const sessions = [...state.browsers.values()].flatMap((browser) =>
    browser.sessions.filter(({ oid }) => oid === user.oid),
  )
  const badges = sessions.length > 0 ? [...badgesOf(user), 'signed in'] : badgesOf(user)
  return html`<details>
    <summary>
      ${user.name} ${badges.map((badge) => html`<span class="badge">${badge}</span> `)}
    </summary>
    <p class="muted">${user.username} · object id <code>${user.oid}</code></p>
    <div class="buttons">
      ${button('/_admin/sessions/revoke', 'user', user.oid, `Revoke the sessions of ${user.name}`)}
      ${button('/_admin/sessions/sign-out', 'user', user.oid, `Sign ${user.name} out everywhere`)}
    </div>
  </details>`
}

function faults(state: EmulatorState): Html {
  const waiting = state.faults.map((fault) => html`<li><code>${JSON.stringify(fault)}</code></li>`)
  return html`<section class="card wide" aria-labelledby="faults">
    <h2 id="faults">Faults</h2>
    ${state.down === undefined ? '' : html`<p class="notice bad">The whole provider is down.</p>`}
    ${
      waiting.length === 0
        ? html`<p class="muted">Nothing is wrong at present. A button makes the next call fail.</p>`
        : html`<p>Waiting to strike:</p>
            <ul>
              ${waiting}
            </ul>`
    }
    ${faultGroups()}
    <p class="muted">Everything</p>
    <div class="buttons">
      ${button('/_admin/faults/clear', 'clear', 'yes', 'Clear all faults')}
      ${
        state.down === undefined
          ? button('/_admin/down', 'mode', 'drop', 'Take the provider down')
          : button('/_admin/up', 'up', 'yes', 'Bring the provider up')
      }
      ${button('/_admin/keys', 'action', 'rollover', 'Roll the signing key over')}
      ${button('/_admin/reset', 'reset', 'yes', 'Reset everything')}
    </div>
  </section>`
}

function faultGroups(): Html[] {
  const presets = Object.entries(faultPresets)
  const groups = [...new Set(presets.map(([, { group }]) => group))]
  return groups.map(
    (name) =>
      html`<p class="muted">${name}</p>
        <form method="post" action="/_admin/faults" class="buttons">
          ${presets
            .filter(([, { group }]) => group === name)
            .map(
              ([id, { label }]) =>
                html`<button name="preset" value="${id}" aria-label="${name}: ${label}">
                  ${label}
                </button> `,
            )}
        </form>`,
  )
}

function log(state: EmulatorState): Html {
  const entries = state.log.slice(-shownEntries).toReversed()
  return html`<section class="card wide" aria-labelledby="log">
    <h2 id="log">Sign-in log</h2>
    ${
      entries.length === 0
        ? html`<p class="muted">Nothing yet.</p>`
        : html`<p class="muted">The newest first. Credentials are shown as their SHA-256.</p>`
    }
    ${entries.map(logRow)}
  </section>`
}

function logRow(entry: LogEntry): Html {
  const { parameters, headers, issued } = entry
  const decoded = JSON.stringify({ parameters, headers, issued }, null, 2)
  return html`<details>
    <summary>
      <span class="numbers">${entry.time.slice(11, 19)}</span> ${entry.method} ${entry.kind}
      <strong>${entry.status}</strong> ${entry.outcome} ${entry.user ?? ''}
    </summary>
    <pre><code>${decoded}</code></pre>
  </details>`
}

function button(action: string, name: string, value: string, label: string): Html {
  return html`<form method="post" action="${action}">
    <button name="${name}" value="${value}">${label}</button>
  </form>`
}
