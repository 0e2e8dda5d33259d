// @ts-check
import { BffError, loginUrlTo } from './bff.js'
import { byId } from './view.js'

/** @typedef {{text: string, href?: string, run?: () => unknown}} Action */

/** Read out when the reader pauses. @param {string} text @param {Action[]} actions */
export function showStatus(text, actions = []) {
  clearMessages()
  byId('messages').replaceChildren(notice(text, actions, ''))
}

/** Read out at once, and focused, because something asked for did not happen. @param {string} text @param {Action[]} actions */
export function showAlert(text, actions = []) {
  clearMessages()
  const element = notice(text, actions, 'bad')
  byId('alerts').replaceChildren(element)
  element.focus()
}

/** As urgent, but nothing went wrong: one more step. @param {string} text @param {Action[]} actions */
function showStep(text, actions) {
  clearMessages()
  const element = notice(text, actions, '')
  byId('messages').replaceChildren(element)
  element.focus()
}

export function clearMessages() {
  byId('messages').replaceChildren()
  byId('alerts').replaceChildren()
}

/** A message that came with the page is put in once more, so that it is read out; its query goes. */
export function announceFirstMessage() {
  const place = byId('messages')
  const url = new URL(location.href)
  if (!url.searchParams.has('auth_error')) return
  url.searchParams.delete('auth_error')
  url.searchParams.delete('cid')
  history.replaceState(history.state, '', url)
  const children = [...place.childNodes]
  place.replaceChildren()
  requestAnimationFrame(() => place.append(...children))
}

/**
 * Says what went wrong and what can be done about it.
 * @param {unknown} error
 * @param {{returnTo: string, retry: () => unknown, shownSince?: Date | undefined}} context
 */
export function explain(error, { returnTo, retry, shownSince }) {
  if (!(error instanceof BffError)) throw error
  const { loginUrl, retryAfter, correlationId } = error.details
  const signIn =
    loginUrl === undefined ? [] : [{ text: 'Sign in', href: loginUrlTo(loginUrl, returnTo) }]
  const tryAgain = () => {
    clearMessages()
    return retry()
  }
  const again = { text: 'Try again', run: tryAgain }
  if (error.code === 'interaction_required') {
    const [go] = signIn
    showStep(
      'One more sign-in step is needed for this.',
      go ? [{ ...go, text: 'Go on to sign-in' }] : [],
    )
  } else if (error.code === 'session_expired') {
    showAlert('Your session has ended.', signIn)
  } else if (error.status === 429 || error.status === 503 || error.status === 0) {
    const when = retryAfter === undefined ? 'in a moment' : `in ${retryAfter} seconds`
    const kept = shownSince === undefined ? '' : ` What you see is from ${clock(shownSince)}.`
    showAlert(`No answer right now (${error.code}). Try again ${when}.${kept}`, [again])
  } else {
    const id = correlationId === undefined ? '' : `, correlation id ${correlationId}`
    showAlert(`The server refused (${error.status} ${error.code}${id}).`, [again])
  }
}

/** @param {Date} time */
export function clock(time) {
  return time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
}

/** @param {string} text @param {Action[]} actions @param {string} kind */
function notice(text, actions, kind) {
  const element = document.createElement('div')
  element.className = `notice ${kind}`
  element.tabIndex = -1
  const sentence = document.createElement('p')
  sentence.textContent = text
  element.append(sentence)
  if (actions.length > 0) {
    const row = document.createElement('div')
    row.className = 'buttons'
    row.append(...actions.map(control))
    element.append(row)
  }
  return element
}

/** @param {Action} action */
function control({ text, href, run }) {
  const element = document.createElement(href === undefined ? 'button' : 'a')
  element.textContent = text
  if (element instanceof HTMLAnchorElement) {
    element.className = 'button primary'
    element.href = href ?? ''
  } else if (run !== undefined) {
    element.addEventListener('click', run)
  }
  return element
}
