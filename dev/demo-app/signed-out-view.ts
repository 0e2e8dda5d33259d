import { html } from '../pages/html.ts'

/** Where a sign-out ends. `appOnly`: the identity provider could not be asked to end its own session. */
export function signedOutView(appOnly: boolean) {
  const sentence = appOnly
    ? 'Microsoft could not be reached: you may still be signed in there.'
    : 'Your session at Microsoft has ended as well.'
  const body = html`<div class="card">
    <h1 id="title" tabindex="-1">You are signed out of this app</h1>
    <p class="muted" data-field="lead">${sentence}</p>
    <div class="buttons">
      <a
        class="button primary"
        data-when="unknown out"
        data-login
        href="/auth/login?returnTo=/session"
      >
        Sign in again
      </a>
      <a class="button primary" data-when="in" hidden href="/session">To the session</a>
      <a class="button" href="/">To the start</a>
    </div>
  </div>`
  return { title: 'Signed out', body, script: 'signed-out-page.js' }
}
