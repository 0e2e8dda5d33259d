import { html, type Html } from '../../pages/html.ts'
import { faultPresets, type FaultPreset } from '../fault-presets.ts'
import type { EmulatorState } from '../state.ts'
import { adminButton } from './admin-button.ts'

type Preset = [id: string, preset: FaultPreset]

/** What a developer wants to see, as a question, with the faults that show it. */
const questions: [string, string[]][] = [
  [
    'What happens when somebody’s sessions were revoked or the password changed?',
    ['refresh_revoked', 'refresh_expired'],
  ],
  [
    'What happens when one more step is needed?',
    ['refresh_mfa', 'refresh_consent', 'refresh_conditional_access'],
  ],
  ['What happens when the client secret is wrong?', ['invalid_client']],
  ['What happens when Entra is slow or busy?', ['slow', 'hang', 'unavailable', 'throttled']],
  ['What happens when an answer is lost on the way?', ['drop', 'answer_lost']],
]

/** Buttons that make the next call fail: the everyday ones by question, the protocol's own folded away. */
export function faultsCard(state: EmulatorState): Html {
  const everyday = new Set(questions.flatMap(([, ids]) => ids))
  const presets: Preset[] = Object.entries(faultPresets)
  const others = presets.filter(([id]) => !everyday.has(id))
  const groups = [...new Set(others.map(([, { group }]) => group))]
  return html`<section class="card wide" aria-labelledby="faults">
    <h2 id="faults">Faults</h2>
    <p class="muted">A button makes the next call of its kind fail, once.</p>
    ${questions.map(([question, ids]) =>
      group(
        question,
        presets.filter(([id]) => ids.includes(id)),
      ),
    )}
    <h3>What happens when all of Entra is away, or its keys change?</h3>
    <div class="buttons">
      ${
        state.down === undefined
          ? adminButton('/_admin/down', ['mode', 'drop'], 'Take the provider down')
          : adminButton('/_admin/up', ['up', 'yes'], 'Bring the provider up')
      }
      ${adminButton('/_admin/keys', ['action', 'rollover'], 'Roll the signing key over')}
      ${adminButton('/_admin/reset', ['reset', 'yes'], 'Reset everything')}
    </div>
    <details>
      <summary>Protocol faults: wrong ID tokens, odd answers, discovery, keys</summary>
      ${groups.map((name) =>
        group(
          name,
          others.filter(([, preset]) => preset.group === name),
        ),
      )}
    </details>
  </section>`
}

function group(title: string, presets: Preset[]): Html {
  return html`<h3>${title}</h3>
    <form method="post" action="/_admin/faults" class="buttons">
      ${presets.map(
        ([id, { group: kind, label }]) =>
          html`<button name="preset" value="${id}" aria-label="${kind}: ${label}">
            ${label}
          </button> `,
      )}
    </form>`
}
