import { html } from '../../pages/html.ts'
import type { EntraError } from '../aadsts.ts'
import type { Exchange, Reply } from '../http.ts'
import { knownErrors } from '../known-errors.ts'
import { entraPage } from './sign-in-frame.ts'

/** What Entra shows itself, because there is nowhere safe to send the person. */
export function errorPage(error: EntraError): Reply {
  return entraPage(
    'Sign-in failed',
    html`<div class="card" role="alert" tabindex="-1" autofocus>
      <h1>Sorry, but we’re having trouble signing you in</h1>
      <p>${error.message}</p>
      <p class="muted">Entra shows this itself: the app never learns of it.</p>
      <p><a href="/">The registered app, its redirect URIs and the sign-in log</a></p>
    </div>`,
    { status: error.status },
  )
}

/** `GET /error?code=7000215`, where `error_uri` leads. */
export function errorCodePage(exchange: Exchange): Reply {
  const code = Number(exchange.url.searchParams.get('code'))
  const known = knownErrors[code]
  return entraPage(
    `AADSTS${code}`,
    html`<div class="card">
      <h1>AADSTS${code}</h1>
      <p>${known?.text ?? 'The emulator does not know this number.'}</p>
      ${known && html`<p class="muted">OAuth error <code>${known.error}</code></p>`}
      <p><a href="/">To the local Entra</a></p>
    </div>`,
  )
}
