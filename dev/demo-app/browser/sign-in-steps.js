// @ts-check
import { byId, fill } from './view.js'

/** @typedef {{method: string, path: string, status: number, durationMs: number}} LoggedRequest */

/** Shows the requests of the last sign-in, which the local host (and only it) remembers. */
export async function showSignInSteps() {
  const response = await fetch('/_local/requests', { cache: 'no-store' }).catch(() => undefined)
  const isJson = response?.headers.get('content-type')?.startsWith('application/json')
  /** @type {LoggedRequest[]} */
  const requests = response?.ok && isJson ? await response.json() : []
  const steps = lastSignIn(requests)
  byId('steps').toggleAttribute('hidden', steps.length === 0)
  byId('steps')
    .querySelector('tbody')
    ?.replaceChildren(...steps.map(row))
  fill('no-steps', steps.length === 0 ? 'None seen since the local stack started.' : '')
}

/**
 * From the login to the first look at the session. Requests to the identity provider count where the log has them.
 * @param {LoggedRequest[]} requests
 */
function lastSignIn(requests) {
  const arrived = requests.findLastIndex(
    ({ path, status }) => isAt(path, 'callback') && status < 400,
  )
  const started = requests.slice(0, arrived + 1).findLastIndex(({ path }) => isAt(path, 'login'))
  if (started === -1) return []
  const seen = requests.findIndex(({ path }, index) => index > arrived && isAt(path, 'session'))
  const end = seen === -1 ? arrived : seen
  return requests
    .slice(started, end + 1)
    .filter(({ path }) => /^\/auth\/|authorize|\/token/.test(path))
}

/** @param {string} path @param {string} endpoint */
function isAt(path, endpoint) {
  return path.split('?', 1)[0] === `/auth/${endpoint}`
}

/** @param {LoggedRequest} request */
function row({ method, path, status, durationMs }) {
  const cells = [`${method} ${path.split('?', 1)[0]}`, `${status}`, `${Math.round(durationMs)} ms`]
  const element = document.createElement('tr')
  element.append(...cells.map(cell))
  return element
}

/** @param {string} text @param {number} column */
function cell(text, column) {
  const element = document.createElement('td')
  element.textContent = text
  if (column > 0) element.className = 'numbers'
  return element
}
