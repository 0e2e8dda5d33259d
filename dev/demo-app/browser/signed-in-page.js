// @ts-check
import { BffError, loginUrlTo, readSession, signOut } from './bff.js'
import { announceFirstMessage, explain } from './messages.js'
import { tellOtherTabs, watchSession } from './session-watch.js'
import { byId, fill, hideApiAnswer, setHeading, showState } from './view.js'

/** @typedef {import('./bff.js').Session} Session */

/**
 * What every page here does: ask who is signed in, show it, and ask again when that may have changed.
 * @param {{returnTo: string, show: (session: Session) => void}} page
 */
export function createSessionPage({ returnTo, show }) {
  /** @type {Date | undefined} */
  let shownSince
  let asked = 0
  const heading = byId('title').textContent ?? ''
  const { title } = document

  function forget() {
    shownSince = undefined
    showState('unknown')
    setHeading(heading, title)
    fill('who', '')
    hideApiAnswer()
  }

  /** @param {Session} session */
  function take(session) {
    asked += 1
    shownSince = new Date()
    showState(session.authenticated ? 'in' : 'out')
    if (!session.authenticated) pointLoginLinks(session.loginUrl, returnTo)
    show(session)
  }

  /** @param {{slide: boolean}} options */
  async function ask(options) {
    asked += 1
    const mine = asked
    try {
      const session = await readSession(options)
      // A later question, or an action in between, knows better.
      if (mine === asked) take(session)
      return session
    } catch (error) {
      if (mine === asked) await fail(error, () => ask(options))
      return undefined
    }
  }

  /** @param {unknown} error @param {() => unknown} retry @param {string} comeBackTo */
  async function fail(error, retry, comeBackTo = returnTo) {
    if (shownSince === undefined) fill('who', 'Not known yet.')
    explain(error, { returnTo: comeBackTo, retry, shownSince })
    if (error instanceof BffError && error.code === 'session_expired') await ask({ slide: false })
  }

  /** @param {{everywhere?: boolean}} options */
  async function leave(options = {}) {
    try {
      const next = await signOut(options)
      tellOtherTabs('out')
      location.assign(next)
    } catch (error) {
      await fail(error, () => leave(options))
    }
  }

  async function start() {
    announceFirstMessage()
    const askQuietly = () => ask({ slide: false })
    watchSession({ ask: askQuietly, forget })
    const session = await ask({ slide: true })
    if (session?.authenticated) tellOtherTabs('in')
    return session
  }

  return { ask, take, fail, leave, start }
}

/** @param {string} loginUrl @param {string} returnTo */
function pointLoginLinks(loginUrl, returnTo) {
  for (const link of document.querySelectorAll('a[data-login]')) {
    link.setAttribute('href', loginUrlTo(loginUrl, returnTo))
  }
}
