import { Agent, request as httpRequest } from 'node:http'
import { createEntraAdmin } from '../dev/entra/admin-client.ts'
import type { Party } from './parties.ts'

/** Somebody with a browser, signed in, who does one thing after another. */
export interface VirtualUser {
  /** Nothing: what the host itself costs. */
  empty(): Promise<void>
  /** One read of a table through the plain SDK: what this machine makes of it. */
  read(): Promise<void>
  login(): Promise<void>
  session(): Promise<void>
  api(): Promise<void>
  refresh(): Promise<void>
  /** Login, callback, session, refresh, logout: five calls. */
  full(): Promise<void>
}

interface Answer {
  readonly status: number
  readonly location: string
}

/** A virtual user; every method throws where the answer is not what it has to be. */
export async function createVirtualUser(
  { origin, inWorker }: Party,
  entraOrigin: string,
  agent: Agent,
): Promise<VirtualUser> {
  const admin = createEntraAdmin(entraOrigin)
  const signedIn = createBrowser(origin, agent)
  const signIn = async (browser: ReturnType<typeof createBrowser>) => {
    const login = await browser('GET', '/auth/login', 302, navigation)
    const { location = '' } = await admin.authorize(login.location, { user: 'ada@contoso.test' })
    const { pathname, search } = new URL(location)
    // Here it is a page that leads on; the peers redirect.
    await browser('GET', `${pathname}${search}`, inWorker ? 200 : 302, navigation)
  }
  await signIn(signedIn)
  return {
    empty: async () => void (await signedIn('GET', '/bench/empty', 204)),
    read: async () => void (await signedIn('GET', '/bench/read', 204)),
    login: async () => void (await signedIn('GET', '/auth/login', 302, navigation)),
    session: async () => void (await signedIn('GET', '/auth/session', 200)),
    api: async () => void (await signedIn('GET', '/api/demo/orders?top=10', 200)),
    refresh: async () => void (await signedIn('POST', '/auth/refresh', 200)),
    async full() {
      const browser = createBrowser(origin, agent)
      await signIn(browser)
      await browser('GET', '/auth/session', 200)
      await browser('POST', '/auth/refresh', 200)
      await browser('POST', '/auth/logout', 200)
    },
  }
}

/** Headers of a top-level navigation. */
export const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
/** Headers of the app's own script. */
export const script = { 'x-csrf': '1', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' }

/** Sends requests with the cookies of earlier answers, and tells them. */
export function createBrowser(origin: string, agent: Agent) {
  const kept = new Map<string, string>()
  const cookies = () => [...kept].map(([name, value]) => `${name}=${value}`).join('; ')
  const call = async (
    method: string,
    path: string,
    expected: number,
    headers: Record<string, string> = script,
  ): Promise<Answer> => {
    const cookie = cookies()
    const answer = await send(new URL(path, origin), agent, {
      method,
      headers: { ...headers, ...(cookie !== '' && { cookie }), 'content-length': '0' },
    })
    for (const line of answer.setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      kept.set(name, value)
    }
    if (answer.status === expected) return answer
    throw new Error(`${method} ${path.split('?')[0]} answered ${answer.status}`)
  }
  return Object.assign(call, { cookies })
}

function send(
  url: URL,
  agent: Agent,
  options: { readonly method: string; readonly headers: Record<string, string> },
): Promise<Answer & { setCookies: readonly string[] }> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { ...options, agent }, (incoming) => {
      incoming.resume()
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          location: incoming.headers.location ?? '',
          setCookies: incoming.headers['set-cookie'] ?? [],
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
