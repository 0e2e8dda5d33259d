import { signInErrors } from '../../src/base/errors.ts'
import { html, type Html } from '../pages/html.ts'

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
  const known = isSignInError(code)
  const sentence = known ? signInErrors[code].sentence : signInErrors.login_failed.sentence
  const id = /^[0-9a-f]{32}$/.test(correlationId ?? '') ? correlationId : null
  return html`<div class="notice">
    <p>${sentence}</p>
    <p class="muted">
      ${known && html`<code>${code}</code>`}
      ${id !== null && html`Correlation id <code>${id}</code>`}
    </p>
  </div>`
}

function isSignInError(code: string): code is keyof typeof signInErrors {
  return Object.hasOwn(signInErrors, code)
}
