// @ts-check
import { callApi, refresh } from './bff.js'
import { createLifetimes } from './lifetimes.js'
import { clearMessages, showStatus } from './messages.js'
import { createSessionPage } from './signed-in-page.js'
import { showSignInSteps } from './sign-in-steps.js'
import { fill, hideApiAnswer, onAction, setHeading, showApiAnswer } from './view.js'

const page = createSessionPage({ returnTo: '/session', show })
const lifetimes = createLifetimes({ onWarning: warn, onEnd: () => page.ask({ slide: false }) })
let wasSignedIn = false
let wasRenewed = false

/** @param {import('./bff.js').Session} session */
function show(session) {
  fill('visible', JSON.stringify(session, null, 1))
  fill('cookies', document.cookie === '' ? 'empty' : document.cookie)
  if (session.authenticated) showSignedIn(session)
  else showSignedOut()
}

/** @param {import('./bff.js').SignedIn} session */
function showSignedIn(session) {
  const { user } = session
  const name = user.name ?? user.username ?? 'somebody'
  setHeading(`Signed in as ${name}`, `${name} · Session`)
  const roles = user.roles.length === 0 ? 'no role' : user.roles.join(', ')
  fill('who', [user.username, roles, `tenant ${user.tenantId}`].filter(Boolean).join(' · '))
  if (!wasSignedIn) clearMessages()
  wasSignedIn = true
  wasRenewed = lifetimes.start(session)
}

function showSignedOut() {
  lifetimes.stop()
  hideApiAnswer()
  setHeading('Nobody is signed in', 'Signed out · Session')
  fill('who', 'Sign in to see what a session looks like.')
  if (wasSignedIn) showStatus('You have been signed out, or the session has ended.')
  wasSignedIn = false
}

/** @param {number} secondsLeft @param {boolean} canExtend */
function warn(secondsLeft, canExtend) {
  document.title = `Session ends soon · ${document.title}`
  const time = secondsLeft > 90 ? 'in 2 minutes' : `in ${Math.round(secondsLeft)} seconds`
  if (canExtend) {
    showStatus(`Your session ends ${time}.`, [{ text: 'Stay signed in', run: extend }])
  } else {
    const signIn = { text: 'Sign in again', href: '/auth/login?returnTo=/session' }
    showStatus(`Your session ends ${time}; it has reached its longest time.`, [signIn])
  }
}

async function extend() {
  clearMessages()
  await page.ask({ slide: true })
}

/** @param {string} name of the API's resource */
async function call(name) {
  const path = `/api/demo/${name}`
  try {
    clearMessages()
    hideApiAnswer()
    showApiAnswer(await callApi(path), path)
  } catch (error) {
    // After one more sign-in step the same call is made again.
    await page.fail(error, () => call(name), `/session?call=${name}`)
  }
}

async function refreshNow() {
  try {
    hideApiAnswer()
    const session = await refresh()
    page.take(session)
    const minutes = Math.floor((session.accessTokenExpiresIn ?? 0) / 60)
    const what = wasRenewed ? 'Done.' : 'Nothing was due.'
    showStatus(`${what} The access token on the server has ${minutes} minutes left.`)
  } catch (error) {
    await page.fail(error, refreshNow)
  }
}

async function repeatCall() {
  const url = new URL(location.href)
  const name = url.searchParams.get('call')
  url.searchParams.delete('call')
  history.replaceState(history.state, '', url)
  if (name === 'me' || name === 'sensitive') await call(name)
}

onAction('call', () => call('me'))
onAction('sensitive', () => call('sensitive'))
onAction('broken', () => call('status/500'))
onAction('refresh', refreshNow)
onAction('sign-out', () => page.leave())
onAction('sign-out-everywhere', () => page.leave({ everywhere: true }))
const session = await page.start()
if (session?.authenticated) await repeatCall()
await showSignInSteps()
