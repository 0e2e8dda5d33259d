import { html, type Html } from '../pages/html.ts'

const sentences: Record<string, string> = {
  login_required: 'A sign-in without questions was not possible: nobody is signed in there.',
  interaction_required:
    'A sign-in without questions was not possible: a question has to be answered.',
  consent_required: 'A sign-in without questions was not possible: consent is missing.',
  admin_consent_required: 'An administrator has to allow this app first.',
  login_cancelled: 'The sign-in was cancelled.',
  access_denied: 'This account is not assigned to the app. Ask its owner to add you.',
  access_blocked: 'Your organization does not allow this sign-in.',
  login_not_started: 'This sign-in was not started in this browser. Please sign in again.',
  login_expired: 'This sign-in took too long. Please sign in again.',
  tenant_not_allowed: 'Accounts of this organization cannot be used here.',
  password_reset_requested: 'Reset the password first, then sign in.',
  identity_provider_unavailable: 'The identity provider cannot be reached. Try again in a moment.',
  storage_unavailable: 'Sign-in is not possible right now. Try again in a moment.',
  vault_unavailable: 'Sign-in is not possible right now. Try again in a moment.',
  configuration_error: 'The app is not set up correctly. Its operator has to act.',
}

/**
 * Says why a sign-in did not finish: `auth_error` and `cid` of the query. Without an error the place stays
 * empty; the scripts put their own messages there.
 */
export function signInNotice(query: URLSearchParams): Html {
  const code = query.get('auth_error')
  return html`<div class="wide live" id="messages" role="status">
      ${code !== null && notice(code, query.get('cid'))}
    </div>
    <div class="wide live" id="alerts" role="alert"></div>`
}

function notice(code: string, correlationId: string | null): Html {
  const known = Object.hasOwn(sentences, code)
  const id = /^[0-9a-f]{32}$/.test(correlationId ?? '') ? correlationId : null
  return html`<div class="notice">
    <p>${known ? sentences[code] : 'The sign-in did not finish. Please try again.'}</p>
    <p class="muted">
      ${known && html`<code>${code}</code>`}
      ${id !== null && html`Correlation id <code>${id}</code>`}
    </p>
  </div>`
}
