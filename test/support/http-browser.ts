import { request as httpRequest } from 'node:http'

/** An answer as a browser's network stack sees it: nothing is followed. */
export interface BrowserReply {
  readonly status: number
  /** Lower-case names; repeated ones joined, but for set-cookie. */
  readonly headers: Readonly<Record<string, string>>
  readonly setCookies: readonly string[]
  readonly text: string
  json<T = Record<string, unknown>>(): T
}

/** What a request may add to what a browser sends by itself. */
export interface BrowserRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sends no cookie and keeps none. */
  readonly anonymous?: boolean
}

/** A cookie jar with an HTTP client; one per person and browser. */
export interface HttpBrowser {
  readonly cookies: Map<string, string>
  /** A top-level navigation. */
  navigate(url: string | URL, request?: BrowserRequest): Promise<BrowserReply>
  /** A same-origin call of the SPA, with `X-CSRF: 1`. */
  call(method: string, url: string | URL, request?: BrowserRequest): Promise<BrowserReply>
  /** Exactly what is given. */
  send(url: string | URL, request?: BrowserRequest): Promise<BrowserReply>
  /** The same cookies in another window. */
  clone(): HttpBrowser
}

const navigation = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}

/** By the port of an instance on loopback: the port of its `PUBLIC_URL`, which its cookies carry. */
export const publicPorts = new Map<string, string>()

/** Tests name our cookies without the port: it is put in on the way out, where an instance has one. */
function withPort(cookie: string, url: URL): string {
  const port = publicPorts.get(url.port)
  if (port === undefined) return cookie
  return cookie.replaceAll(
    /(^|;)([ \t]*)((?:\w+-)?(?:session|login))([ \t]*=)/g,
    `$1$2$3-${port}$4`,
  )
}

/** The Cookie header that a browser sends to an instance, for requests over a raw socket. */
export function cookieHeader({ cookies }: HttpBrowser, origin: string): string {
  const pairs = [...cookies].map(([name, value]) => `${name}=${value}`)
  return withPort(pairs.join('; '), new URL(origin))
}

/** And taken out on the way back. */
function withoutPort(line: string, url: URL): string {
  const port = publicPorts.get(url.port)
  return port === undefined ? line : line.replace(`-${port}=`, '=')
}

/** Every byte that any of these browsers was sent, for canary tests. */
export const receivedText: string[] = []

/** A browser without pages: it keeps cookies, sends Fetch Metadata and follows nothing. */
export function createHttpBrowser(cookies = new Map<string, string>()): HttpBrowser {
  const send = async (url: string | URL, options: BrowserRequest = {}): Promise<BrowserReply> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const reply = await exchange(new URL(url), {
      ...options,
      headers: {
        ...(cookie !== '' && options.anonymous !== true && { cookie }),
        ...options.headers,
      },
    })
    if (options.anonymous !== true) for (const line of reply.setCookies) store(cookies, line)
    return reply
  }
  return {
    cookies,
    send,
    navigate: (url, options = {}) =>
      send(url, { ...options, headers: { ...navigation, ...options.headers } }),
    call: (method, url, options = {}) =>
      send(url, {
        ...options,
        method,
        headers: {
          'x-csrf': '1',
          'sec-fetch-mode': 'cors',
          'sec-fetch-dest': 'empty',
          'sec-fetch-site': 'same-origin',
          ...(method !== 'GET' && { origin: new URL(url).origin }),
          ...(options.body !== undefined && { 'content-type': 'application/json' }),
          ...options.headers,
        },
      }),
    clone: () => createHttpBrowser(new Map(cookies)),
  }
}

function store(cookies: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const name = pair.slice(0, pair.indexOf('='))
  const value = pair.slice(pair.indexOf('=') + 1)
  const expired = attributes.some((attribute) => attribute.trim().toLowerCase() === 'max-age=0')
  if (expired) cookies.delete(name.trim())
  else cookies.set(name.trim(), decodeURIComponent(value))
}

function exchange(url: URL, options: BrowserRequest): Promise<BrowserReply> {
  return new Promise((resolve, reject) => {
    const body = options.body === undefined ? undefined : Buffer.from(options.body)
    const outgoing = httpRequest(
      url,
      {
        method: options.method ?? 'GET',
        headers: {
          ...options.headers,
          ...(options.headers?.['cookie'] !== undefined && {
            cookie: withPort(options.headers['cookie'], url),
          }),
          ...(body !== undefined && { 'content-length': String(body.length) }),
        },
        timeout: 60_000,
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          receivedText.push(JSON.stringify(incoming.rawHeaders), text)
          const headers = Object.fromEntries(
            Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
          )
          resolve({
            status: incoming.statusCode ?? 0,
            headers,
            setCookies: (incoming.headers['set-cookie'] ?? []).map((line) =>
              withoutPort(line, url),
            ),
            text,
            json: <T>() => JSON.parse(text) as T,
          })
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 60 s')))
    outgoing.end(body)
  })
}
