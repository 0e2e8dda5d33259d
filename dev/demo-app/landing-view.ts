import { html, type Html } from '../pages/html.ts'

/** The start page: signed out one button and how it works, signed in three things to try. */
export function landingView() {
  const body = html`<section class="card wide">
      <h1 id="title" tabindex="-1">Sign-in without tokens in the browser</h1>
      <p class="muted" data-field="lead">
        The server signs you in at Entra and keeps the tokens. This page gets one cookie that no
        script can read.
      </p>
      <div class="buttons" data-when="unknown out">
        <a class="button primary" data-login href="/auth/login?returnTo=/">Sign in</a>
      </div>
      <div class="buttons" data-when="in" hidden>
        <a class="button" data-action="sign-out" href="/auth/logout?returnTo=/signed-out"
          >Sign out</a
        >
      </div>
      ${withoutScript}
    </section>
    ${diagram} ${cards}`
  return { title: 'Entra BFF demo', body, script: 'landing-page.js' }
}

const withoutScript = html`<noscript>
  <p class="muted">
    Without JavaScript: see your <a href="/auth/session">session as JSON</a> or
    <a href="/auth/logout?returnTo=/signed-out">sign out</a>.
  </p>
</noscript>`

type Party = 'Browser' | 'Functions' | 'Entra'

const steps: [Party, Party, string][] = [
  ['Browser', 'Functions', 'GET /auth/login'],
  ['Functions', 'Browser', '302 to Entra: state, nonce, PKCE'],
  ['Browser', 'Entra', 'you sign in'],
  ['Entra', 'Browser', '302 to /auth/callback with a code'],
  ['Browser', 'Functions', 'GET /auth/callback'],
  ['Functions', 'Entra', 'code, PKCE verifier, client credential'],
  ['Entra', 'Functions', 'tokens, kept encrypted'],
  ['Functions', 'Browser', 'HttpOnly session cookie'],
  ['Browser', 'Functions', 'fetch /api/… with the cookie'],
]

const diagram = html`<section class="card wide" data-when="unknown out" aria-labelledby="how">
  <h2 id="how">How it works</h2>
  <div class="parties" aria-hidden="true"><b>Browser</b><b>Functions</b><b>Entra</b></div>
  <ol class="sequence">
    ${steps.map(([from, to, text]) => step(from, to, text))}
  </ol>
  <p class="muted">The functions add the access token on the way to the API.</p>
</section>`

function step(from: Party, to: Party, text: string): Html {
  const way = `${from} ${to}`.toLowerCase()
  return html`<li class="${way.replace(' ', '-')}">
    <span><span class="only-read">${from} to ${to}: </span>${text}</span>
  </li>`
}

const cards = html`<div class="grid wide" data-when="in" hidden>
  <section class="card">
    <h2>Your session</h2>
    <p class="muted">How long it lasts, what scripts can see of it and what they cannot.</p>
    <div class="buttons"><a class="button primary" href="/session">Look at the session</a></div>
  </section>
  <section class="card">
    <h2>Call an API</h2>
    <p class="muted">
      The request carries a cookie; the functions put the access token in its place.
    </p>
    <div class="buttons"><button type="button" data-action="call">Call the API</button></div>
    <p class="only-read" role="status" data-field="announcement"></p>
    <div data-answer hidden>
      <p data-field="answer-line"></p>
      <pre><code data-field="answer-body"></code></pre>
    </div>
  </section>
  <section class="card">
    <h2>Try another tab</h2>
    <p class="muted">Sign out in one tab and watch the other follow.</p>
    <div class="buttons">
      <a class="button" href="/session" target="_blank" rel="noopener">Open a second tab</a>
    </div>
  </section>
</div>`
