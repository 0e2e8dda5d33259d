// @ts-check

/** @param {'unknown' | 'in' | 'out'} state shows what belongs to it and hides the rest */
export function showState(state) {
  document.body.dataset['state'] = state
  for (const element of document.querySelectorAll('[data-when]')) {
    const states = element.getAttribute('data-when')?.split(' ') ?? []
    element.toggleAttribute('hidden', !states.includes(state))
  }
}

/** @param {string} field @param {string} text */
export function fill(field, text) {
  const element = document.querySelector(`[data-field="${field}"]`)
  // An unchanged text set again would be read out again.
  if (element !== null && element.textContent !== text) element.textContent = text
}

/** @param {string} heading @param {string} title */
export function setHeading(heading, title) {
  byId('title').textContent = heading
  document.title = title
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`no element #${id}`)
  return element
}

/**
 * Runs one action at a time per control. It stays focusable meanwhile, so that the focus is not lost.
 * @param {string} name
 * @param {() => Promise<void>} run
 */
export function onAction(name, run) {
  const control = document.querySelector(`[data-action="${name}"]`)
  control?.addEventListener('click', (event) => {
    event.preventDefault()
    if (control.getAttribute('aria-disabled') === 'true') return
    control.setAttribute('aria-disabled', 'true')
    void run().finally(() => control.removeAttribute('aria-disabled'))
  })
}

/** @param {import('./bff.js').ApiAnswer} answer @param {string} path */
export function showApiAnswer(answer, path) {
  const { status, statusText, durationMs } = answer
  const line = `GET ${path}: ${status} ${statusText}, ${durationMs} ms`
  fill('announcement', line)
  fill('answer-line', line)
  fill('answer-body', indented(answer.body))
  document.querySelector('[data-answer]')?.removeAttribute('hidden')
}

/** What an API said belongs to the person who asked. */
export function hideApiAnswer() {
  document.querySelector('[data-answer]')?.setAttribute('hidden', '')
  fill('answer-line', '')
  fill('answer-body', '')
  fill('announcement', '')
}

/** @param {string} text */
function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 1)
  } catch {
    return text
  }
}
