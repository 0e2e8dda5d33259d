import { html, type Html } from '../../pages/html.ts'
import { faultTitle } from '../fault-presets.ts'
import type { EmulatorState } from '../state.ts'
import { adminButton } from './admin-button.ts'

/** What is so now, in words: whether anything is wrong, who is signed in, how many grants there are. */
export function stateCard(state: EmulatorState): Html {
  const wrong = whatIsWrong(state)
  return html`<section class="card wide" aria-labelledby="title">
    <h1 id="title">Local Entra</h1>
    <p class="muted">An emulator of Microsoft Entra ID, on this machine only.</p>
    ${
      wrong.length === 0
        ? html`<div class="notice good"><p>✓ Nothing is wrong at present.</p></div>`
        : html`<div class="notice bad">
            <p><strong>Waiting to strike:</strong></p>
            <ul>
              ${wrong.map((text) => html`<li>${text}</li>`)}
            </ul>
            <div class="buttons">
              ${adminButton('/_admin/faults/clear', ['clear', 'yes'], 'Clear all faults')}
            </div>
          </div>`
    }
    ${signOutNotice(state)}
    <p>${peopleText(state)}</p>
  </section>`
}

function whatIsWrong(state: EmulatorState): string[] {
  const down = { drop: 'its connections end', unavailable: 'everything answers 503' }
  return [
    ...(state.down === undefined ? [] : [`The whole provider is down: ${down[state.down]}.`]),
    ...state.faults.map(
      (fault) =>
        `${faultTitle(fault)}${fault.times === null ? ', until it is cleared' : fault.times > 1 ? `, ${fault.times} times` : ', once'}`,
    ),
  ]
}

function peopleText(state: EmulatorState): string {
  const signedIn = new Set(
    [...state.browsers.values()].flatMap(({ sessions }) => sessions.map(({ oid }) => oid)),
  )
  const names = state.settings.users.filter(({ oid }) => signedIn.has(oid)).map(({ name }) => name)
  const grants = new Set(
    [...state.refreshTokens.values()]
      .filter(({ revoked }) => !revoked)
      .map(({ grant }) => grant.family),
  ).size
  const who = names.length === 0 ? 'Nobody is signed in.' : `Signed in: ${names.join(', ')}.`
  return `${who} ${grants === 1 ? '1 sign-in has' : `${grants} sign-ins have`} a refresh token that is good.`
}

function signOutNotice({ signOutAnswers }: EmulatorState): Html | string {
  if (signOutAnswers.length === 0) return ''
  const answers = signOutAnswers.map((status) =>
    status === null ? 'could not be reached' : `answered ${status}`,
  )
  const failed = signOutAnswers.some((status) => status !== 200)
  return html`<div class="notice ${failed ? 'bad' : 'good'}">
    <p>Signed out everywhere. The app ${answers.join(', ')}.</p>
  </div>`
}
