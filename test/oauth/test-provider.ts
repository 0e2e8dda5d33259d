import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose'
import { listenOnLoopback } from '../../dev/loopback-server.ts'
import { createHttpClient } from '../../src/outgoing/http-client.ts'
import type { ClientCredential } from '../../src/oauth/credential/client-credential.ts'
import { createIdentityProvider } from '../../src/oauth/identity-provider.ts'
import type { AuthoritySettings, ClientSettings } from '../../src/settings/settings.ts'

export const tenantId = 'c0470050-1111-4111-8111-000000000001'
export const otherTenantId = 'fab01ca0-2222-4222-8222-000000000002'
export const clientId = 'a9900000-3333-4333-8333-000000000003'
export const nonce = 'n'.repeat(43)
export const accessToken = 'opaque-access-token'

export const client: ClientSettings = {
  id: clientId,
  redirectUri: 'http://localhost:7071/auth/callback',
  postLogoutRedirectUri: 'http://localhost:7071/auth/logout/callback',
  scopes: ['openid', 'profile', 'offline_access'],
  credential: 'secret',
  secret: 'plain-secret',
  secretName: 'entra-client-secret',
  certificateName: 'entra-client-certificate',
  responseMode: 'query',
}

/** A key pair of the provider with the public part as its JWKS shows it. */
export interface ProviderKey {
  readonly privateKey: KeyObject
  readonly jwk: Record<string, unknown>
}

export function createKey(kid: string, members: Record<string, unknown> = {}): ProviderKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...members }
  return { privateKey, jwk }
}

export const firstKey = createKey('first')

/** Claims that pass, for the moment `now` in milliseconds. */
export function goodClaims(issuer: string, now = Date.now()): JWTPayload {
  const seconds = Math.floor(now / 1000)
  return {
    iss: issuer,
    sub: 'subject',
    aud: clientId,
    tid: tenantId,
    oid: '0b1ec700-7777-4777-8777-000000000007',
    nonce,
    iat: seconds,
    nbf: seconds,
    exp: seconds + 3600,
  }
}

export async function signIdToken(
  claims: JWTPayload,
  key: ProviderKey = firstKey,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: String(key.jwk['kid']), ...header })
    .sign(key.privateKey)
}

/** What the provider answers and what it was asked. */
export interface TestProvider {
  readonly origin: string
  readonly issuer: string
  readonly authority: AuthoritySettings
  discovery: Record<string, unknown>
  keys: ProviderKey[]
  /** Members of the next token responses; `id_token` is made of them where it is absent. */
  tokens: Record<string, unknown>
  /** Instead of answering itself. */
  answer: ((path: string, response: ServerResponse) => boolean | Promise<boolean>) | undefined
  readonly requests: {
    readonly path: string
    readonly headers: IncomingMessage['headers']
    readonly form: URLSearchParams
  }[]
  count(path: string): number
  /** Forgets what a test changed and asked. */
  reset(): void
  stop(): Promise<void>
}

/** Starts an identity provider on loopback that answers whatever a test wants. */
export async function startProvider(): Promise<TestProvider> {
  const requests: TestProvider['requests'] = []
  const server = await listenOnLoopback((request, response) => void serve(request, response))
  const { origin } = server
  const issuer = `${origin}/${tenantId}/v2.0`
  const discovery = {
    issuer,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    jwks_uri: `${origin}/keys`,
    end_session_endpoint: `${origin}/logout`,
  }
  const provider: TestProvider = {
    origin,
    issuer,
    authority: { host: new URL(origin), tenant: tenantId, allowedTenants: undefined },
    discovery,
    keys: [firstKey],
    tokens: {},
    answer: undefined,
    requests,
    count: (path) => requests.filter((request) => request.path.endsWith(path)).length,
    reset() {
      Object.assign(provider, { discovery, keys: [firstKey], tokens: {}, answer: undefined })
      requests.length = 0
    },
    stop: () => server.stop(),
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '', origin).pathname
    let body = ''
    for await (const chunk of request) body += String(chunk)
    requests.push({ path, headers: request.headers, form: new URLSearchParams(body) })
    if (provider.answer !== undefined && (await provider.answer(path, response))) return
    if (path.endsWith('/.well-known/openid-configuration'))
      return json(response, 200, provider.discovery)
    if (path === '/keys') return json(response, 200, { keys: provider.keys.map(({ jwk }) => jwk) })
    if (path === '/token')
      return json(response, 200, {
        token_type: 'Bearer',
        access_token: accessToken,
        expires_in: 3599,
        refresh_token: 'next-refresh-token',
        id_token: await signIdToken(goodClaims(issuer)),
        ...provider.tokens,
      })
    json(response, 404, {})
  }
  return provider
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

/** A credential that is always the same secret. */
export const fixedCredential: ClientCredential = {
  authenticate:
    async () =>
    (_server, { client_id }, body) => {
      body.set('client_id', client_id)
      body.set('client_secret', 'plain-secret')
    },
  reload: async () => false,
}

/** The protocol layer over the real HTTP client, at a test provider. */
export function relyingParty(
  provider: TestProvider,
  parts: Partial<Parameters<typeof createIdentityProvider>[0]> = {},
) {
  return createIdentityProvider({
    authority: provider.authority,
    client,
    fetch: createHttpClient(),
    credential: fixedCredential,
    now: Date.now,
    ...parts,
  })
}

export const redemption = { code: 'the-code', codeVerifier: 'v'.repeat(43), nonce }
