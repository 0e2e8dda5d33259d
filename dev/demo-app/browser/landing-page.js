// @ts-check
import { callApi } from './bff.js'
import { clearMessages } from './messages.js'
import { createSessionPage } from './signed-in-page.js'
import { fill, hideApiAnswer, onAction, setHeading, showApiAnswer } from './view.js'

const page = createSessionPage({
  returnTo: '/',
  show(session) {
    if (session.authenticated) {
      const name = session.user.name ?? session.user.username ?? 'there'
      setHeading(`Hello, ${name}`, `${name} · Entra BFF demo`)
      fill('lead', 'You are signed in, and no token is in this browser.')
    } else {
      hideApiAnswer()
      setHeading('Sign-in without tokens in the browser', 'Entra BFF demo')
      fill('lead', lead)
    }
  },
})
const lead = document.querySelector('[data-field="lead"]')?.textContent ?? ''

async function call() {
  const path = '/api/demo/me'
  try {
    clearMessages()
    showApiAnswer(await callApi(path), path)
  } catch (error) {
    await page.fail(error, call)
  }
}

onAction('call', call)
onAction('sign-out', () => page.leave())
await page.start()
