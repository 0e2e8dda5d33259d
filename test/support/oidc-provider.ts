import { createHash, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Configuration, interactionPolicy, Provider } from 'oidc-provider'
import { listenOnLoopback } from '../../dev/loopback-server.ts'
import { createHttpBrowser } from './http-browser.ts'

/** A second identity provider that this project did not write: `oidc-provider`, kept strict. */
export interface StrictProvider {
  readonly origin: string
  readonly tenantId: string
  readonly clientId: string
  readonly clientSecret: string
  /** Token requests so far, by grant type, and what became of them. */
  readonly tokenRequests: { grantType: string; status: number }[]
  /** What a browser brings back from an authorization URL, the account being `login_hint`'s. */
  authorize(url: string | URL): Promise<URL>
  stop(): Promise<void>
}

/** The accounts; their names serve as `login_hint`. */
const strictAccounts: Readonly<Record<string, { name: string; oid: string }>> = {
  'ada@strict.test': { name: 'Ada Strict', oid: 'ada00000-7777-4777-8777-000000000007' },
  'rita@strict.test': { name: 'Rita Strict', oid: 'b1700000-8888-4888-8888-000000000008' },
}

/**
 * Starts `oidc-provider` at Entra's paths for an app at `appOrigin`. Refresh tokens rotate and a
 * second use revokes the grant; `iss` comes with every response. Only Entra's habits are bent: no
 * consent, claims in the ID token, a refresh token for every sign-in.
 */
export async function startStrictProvider(appOrigin: string): Promise<StrictProvider> {
  const tenantId = randomUUID()
  const tokenRequests: StrictProvider['tokenRequests'] = []
  const holder: { handle?: (request: IncomingMessage, response: ServerResponse) => void } = {}
  const server = await listenOnLoopback((request, response) => holder.handle?.(request, response))
  const clientId = randomUUID()
  const clientSecret = randomUUID()
  const provider = new Provider(
    `${server.origin}/${tenantId}/v2.0`,
    configurationOf({ tenantId, clientId, clientSecret, appOrigin }),
  )
  const callback = provider.callback()
  holder.handle = (request, response) => {
    const { pathname, search } = new URL(request.url ?? '/', server.origin)
    const uid = /^\/interaction\/([\w-]+)$/.exec(pathname)?.[1]
    if (uid !== undefined) {
      signIn(provider, request, response).catch(() => response.destroy())
      return
    }
    if (pathname.endsWith('/oauth2/v2.0/token')) noteTokenRequest(request, response, tokenRequests)
    mount(request, pathname, search)
    void callback(request, response)
  }
  return {
    origin: server.origin,
    tenantId,
    clientId,
    clientSecret,
    tokenRequests,
    authorize: (url) => followTo(appOrigin, new URL(url)),
    stop: () => server.stop(),
  }
}

function configurationOf(app: {
  tenantId: string
  clientId: string
  clientSecret: string
  appOrigin: string
}): Configuration {
  const policy = interactionPolicy.base()
  policy.remove('consent')
  return {
    clients: [
      {
        client_id: app.clientId,
        client_secret: app.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`${app.appOrigin}/auth/callback`],
        post_logout_redirect_uris: [`${app.appOrigin}/auth/logout/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [signingKey()] },
    cookies: { keys: [randomUUID()] },
    routes: {
      authorization: '/oauth2/v2.0/authorize',
      token: '/oauth2/v2.0/token',
      jwks: '/discovery/v2.0/keys',
      end_session: '/oauth2/v2.0/logout',
    },
    interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: true } },
    pkce: { required: () => true },
    claims: {
      openid: ['sub', 'tid', 'oid', 'sid'],
      profile: ['name', 'preferred_username'],
      email: ['email'],
    },
    conformIdTokenClaims: false,
    ttl: {
      Interaction: 600,
      Grant: 7200,
      Session: 7200,
      AccessToken: 3600,
      RefreshToken: 7200,
      IdToken: 3600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed('refresh_token'),
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({
        sub: createHash('sha256').update(accountId).digest('base64url'),
        tid: app.tenantId,
        preferred_username: accountId,
        email: accountId,
        ...strictAccounts[accountId],
      }),
    }),
    async loadExistingGrant(context) {
      const { client, session } = context.oidc
      const grant = new context.oidc.provider.Grant({
        clientId: client!.clientId,
        accountId: session!.accountId!,
      })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  }
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const kid = createHash('sha256')
    .update(createPublicKey(privateKey).export({ type: 'spki', format: 'der' }))
    .digest('base64url')
  return { ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' }
}

/** Entra's endpoints do not lie below its issuer: the mount path is what `originalUrl` has more. */
function mount(request: IncomingMessage, pathname: string, search: string): void {
  const found =
    /^\/([^/]+)\/(?:v2\.0\/)?(\.well-known\/openid-configuration|oauth2\/v2\.0\/.*|discovery\/v2\.0\/keys)$/.exec(
      pathname,
    )
  if (found === null) return
  request.url = `/${found[2]!}${search}`
  Object.assign(request, { originalUrl: `/${found[1]!}${request.url}` })
}

/** Answers the sign-in page: whoever `login_hint` names signs in, else the first account. */
async function signIn(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response)
  const hint = params['login_hint']
  const accountId = typeof hint === 'string' ? hint : Object.keys(strictAccounts)[0]!
  await provider.interactionFinished(request, response, { login: { accountId } })
}

function noteTokenRequest(
  request: IncomingMessage,
  response: ServerResponse,
  log: StrictProvider['tokenRequests'],
): void {
  const entry = { grantType: '', status: 0 }
  log.push(entry)
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  response.on('finish', () => {
    entry.grantType = new URLSearchParams(body).get('grant_type') ?? ''
    entry.status = response.statusCode
  })
}

/** Follows redirects with a fresh cookie jar until one leads to the app. */
async function followTo(appOrigin: string, start: URL): Promise<URL> {
  const browser = createHttpBrowser()
  let url = start
  for (let hop = 0; hop < 8; hop++) {
    const reply = await browser.navigate(url)
    const location = reply.headers['location']
    if (location === undefined) throw new Error(`the provider answered ${reply.status}`)
    url = new URL(location, url)
    if (url.origin === appOrigin) return url
  }
  throw new Error('the provider redirects without end')
}
