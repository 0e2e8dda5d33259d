import { Agent } from 'node:http'
import { createEntraAdmin } from '../dev/entra/admin-client.ts'
import type { ColdStarts } from './cold-start.ts'
import { createBrowser, navigation, script } from './virtual-user.ts'

/**
 * First requests of a cold instance. What comes before each of them, a warm instance at `origin` has
 * answered: they share storage and keys.
 */
export function coldRequests(origin: string, entraOrigin: string): ColdStarts['requests'] {
  const admin = createEntraAdmin(entraOrigin)
  const begin = async () => {
    const browser = createBrowser(origin, new Agent())
    const login = await browser('GET', '/auth/login', 302, navigation)
    const { location = '' } = await admin.authorize(login.location, { user: 'ada@contoso.test' })
    return { browser, location }
  }
  return {
    login: async () => ({
      name: 'login',
      url: `${origin}/auth/login`,
      headers: navigation,
      status: 302,
    }),
    callback: async () => {
      const { browser, location } = await begin()
      const headers = { ...navigation, cookie: browser.cookies() }
      return { name: 'callback', url: location, headers, status: 200 }
    },
    session: async () => {
      const { browser, location } = await begin()
      const { pathname, search } = new URL(location)
      await browser('GET', `${pathname}${search}`, 200, navigation)
      const headers = { ...script, cookie: browser.cookies() }
      return { name: 'session', url: `${origin}/auth/session`, headers, status: 200 }
    },
  }
}
