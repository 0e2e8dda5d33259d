import { html, type Html } from '../../pages/html.ts'
import type { LogEntry, LogKind } from '../log-entry.ts'
import type { EmulatorState } from '../state.ts'

const shownEntries = 50

const steps: Readonly<Record<LogKind, string>> = {
  authorize: 'sign-in page',
  token: 'token request',
  logout: 'sign-out',
  discovery: 'discovery',
  jwks: 'signing keys',
  msi: 'managed identity',
  userinfo: 'userinfo',
  'groups-overage': 'groups',
  page: 'page',
}

/** The requests, the newest first: time, who, step, outcome and time taken; each opens to all of it. */
export function logCard(state: EmulatorState): Html {
  const entries = state.log.slice(-shownEntries).toReversed()
  return html`<section class="card wide" aria-labelledby="log">
    <h2 id="log">Sign-in log</h2>
    ${
      entries.length === 0
        ? html`<p class="muted">Nothing yet: sign in, and every request is listed here.</p>`
        : html`<p class="muted">
              The newest first. Open a row for the request and the answer, decoded; credentials are
              shown as their SHA-256.
            </p>
            <div class="log">
              <div class="log-head" aria-hidden="true">
                <span>Time</span><span>Who</span><span>Step</span><span>Outcome</span
                ><span>ms</span>
              </div>
              ${entries.map(row)}
            </div>`
    }
  </section>`
}

function row(entry: LogEntry): Html {
  const { kind, parameters, headers, issued, status } = entry
  const request = JSON.stringify({ parameters, headers }, null, 2)
  const answer = JSON.stringify({ status, outcome: entry.outcome, issued }, null, 2)
  const grant = parameters['grant_type']
  const step = grant === 'refresh_token' ? 'token renewal' : steps[kind]
  return html`<details class="log-row">
    <summary>
      <span class="numbers">${entry.time.slice(11, 19)}</span>
      <span>${entry.user ?? '–'}</span>
      <span>${step}</span>
      <span class="${status >= 400 || status === 0 ? 'bad' : ''}"
        >${status === 0 ? '' : status} ${entry.outcome}</span
      >
      <span class="numbers"
        >${entry.durationMs === undefined ? '–' : Math.round(entry.durationMs)}</span
      >
    </summary>
    <h3>Request: ${entry.method} ${entry.path}</h3>
    <pre><code>${request}</code></pre>
    <h3>Answer</h3>
    <pre><code>${answer}</code></pre>
  </details>`
}
