// @ts-check
import { createSessionPage } from './signed-in-page.js'
import { fill, setHeading } from './view.js'

const page = createSessionPage({
  returnTo: '/session',
  show(session) {
    if (!session.authenticated) return
    setHeading('You are signed in', 'Signed in')
    fill('lead', `As ${session.user.name ?? session.user.username}.`)
  },
})

await page.start()
