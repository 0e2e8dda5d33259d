import { html, type Html } from '../pages/html.ts'

/** The session inspector: everything is here but the values, which browser/session-page.js fills in. */
export function sessionView() {
  const body = html`<section class="card wide">
      <h1 id="title" tabindex="-1">Session</h1>
      <p class="muted" data-field="who">Who is signed in, and what this page can see of it.</p>
      ${withoutScript} ${signedOut} ${signedIn}
    </section>
    ${apiAnswer} ${insights}`
  return { title: 'Session', body, script: 'session-page.js' }
}

const withoutScript = html`<noscript>
  <p>This page needs JavaScript to ask. These work without it:</p>
  <div class="buttons">
    <a class="button primary" href="/auth/login?returnTo=/auth/session">Sign in</a>
    <a class="button" href="/auth/session">Session as JSON</a>
    <a class="button" href="/auth/logout?returnTo=/signed-out">Sign out</a>
  </div>
</noscript>`

const signedOut = html`<div class="buttons" data-when="out" hidden>
  <a class="button primary" data-login href="/auth/login?returnTo=/session">Sign in</a>
</div>`

/** Drawn, because each engine has a `<meter>` of its own taste. */
function lifetime(id: string, label: string): Html {
  return html`<svg
    id="${id}"
    class="lifetime"
    role="meter"
    aria-labelledby="${label}"
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow="0"
  >
    <rect width="0%" height="100%" />
  </svg>`
}

const lifetimes = html`<div class="halves">
  <div>
    <h2 id="session-lifetime">Session</h2>
    ${lifetime('session-meter', 'session-lifetime')}
    <p class="muted" data-field="session-left"></p>
  </div>
  <div>
    <h2 id="token-lifetime">Access token, kept on the server</h2>
    ${lifetime('token-meter', 'token-lifetime')}
    <p class="muted" data-field="token-left"></p>
  </div>
</div>`

const signedIn = html`<div data-when="in" hidden>
  ${lifetimes}
  <div class="buttons">
    <button class="primary" type="button" data-action="call">Call the API</button>
    <button type="button" data-action="refresh">Refresh now</button>
    <button type="button" data-action="sign-out">Sign out</button>
  </div>
  <details>
    <summary>More to try</summary>
    <div class="buttons">
      <button type="button" data-action="sensitive">Call the sensitive API</button>
      <button type="button" data-action="broken">Call a failing API</button>
      <button type="button" data-action="sign-out-everywhere">Sign out everywhere</button>
    </div>
    <p class="muted">
      The sensitive API asks for one more sign-in step. Signing out everywhere ends your sessions in
      all browsers.
    </p>
  </details>
</div>`

const apiAnswer = html`<p class="only-read" role="status" data-field="announcement"></p>
  <section class="card wide" aria-labelledby="answer-title" data-answer hidden>
    <h2 id="answer-title">Answer of the API</h2>
    <p data-field="answer-line"></p>
    <pre><code data-field="answer-body"></code></pre>
  </section>`

const insights = html`<section class="card wide" data-when="in" hidden>
    <h2>What JavaScript can see</h2>
    <pre><code data-field="visible"></code></pre>
    <p class="muted"><code>document.cookie</code>: <span data-field="cookies"></span></p>
  </section>
  <div class="halves wide" data-when="in" hidden>
    <section class="card">
      <h2>What it cannot see</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>Access token</td>
            <td>server, encrypted</td>
          </tr>
          <tr>
            <td>Refresh token</td>
            <td>server, encrypted</td>
          </tr>
          <tr>
            <td>Session id</td>
            <td>HttpOnly cookie</td>
          </tr>
          <tr>
            <td>PKCE verifier</td>
            <td>server, one use</td>
          </tr>
        </tbody>
      </table>
    </section>
    <section class="card">
      <h2>Last sign-in, step by step</h2>
      <table id="steps" hidden>
        <thead class="only-read">
          <tr>
            <th scope="col">Request</th>
            <th scope="col">Status</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody></tbody>
      </table>
      <p class="muted" data-field="no-steps"></p>
    </section>
  </div>`
