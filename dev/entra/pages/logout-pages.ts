import { html } from '../../pages/html.ts'
import { signedInUsers } from '../browsers.ts'
import type { Browser } from '../state.ts'
import type { Exchange, Reply } from '../http.ts'
import type { EmulatorState } from '../state.ts'
import { entraPage, formAction } from './sign-in-frame.ts'

/** Asks which of several accounts signs out. */
export function chooseAccountPage(
  state: EmulatorState,
  exchange: Exchange,
  browser: Browser,
): Reply {
  const users = signedInUsers(state, browser)
  return entraPage(
    'Pick an account to sign out',
    html`<div class="card">
      <h1>Which account do you want to sign out of?</h1>
      <form method="post" action="${formAction(exchange)}">
        <ul class="users">
          ${users.map(
            (user, index) =>
              html`<li>
                <button
                  class="user"
                  name="user"
                  value="${user.oid}"
                  ${index === 0 ? html`autofocus` : ''}
                >
                  <span class="who"><span>${user.name}</span><small>${user.username}</small></span>
                </button>
              </li>`,
          )}
        </ul>
      </form>
    </div>`,
    { policy: { formAction: "'self' http: https:" } },
  )
}

/**
 * "You are signed out", with the app's front-channel logout in frames. The refresh starts when the
 * frames have loaded: browsers count from the end of the load event.
 */
export function signedOutPage(frames: string[], next: string | undefined): Reply {
  const origins = [...new Set(frames.map((frame) => new URL(frame).origin))]
  const reply = entraPage(
    'You are signed out',
    html`<div class="card">
      <h1>You signed out of your account</h1>
      ${
        next === undefined
          ? html`<p>It’s a good idea to close all browser windows.</p>`
          : html`<p><a href="${next}">Go on to the app</a></p>`
      }
      ${frames.map(
        (frame) => html`<iframe src="${frame}" title="Sign-out of the app" hidden></iframe>`,
      )}
    </div>`,
    origins.length === 0 ? {} : { policy: { frameSrc: origins.join(' ') } },
  )
  return next === undefined ? reply : withRefresh(reply, next)
}

function withRefresh(reply: Reply, next: string): Reply {
  return { ...reply, headers: { ...reply.headers, refresh: `0; url=${next}` } }
}
