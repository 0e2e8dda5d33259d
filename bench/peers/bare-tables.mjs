/**
 * The least that keeps its sessions where other instances find them: node:http, the protocol by
 * hand, rows in plain text through @azure/data-tables. No lease, no index, no sealing.
 */
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { Agent, request as httpRequest } from 'node:http'
import { TableClient } from '@azure/data-tables'
import { serve, settings } from './serve.mjs'

const agent = new Agent({ keepAlive: true })
const provider = JSON.parse(
  await send('GET', `${settings.issuer}/.well-known/openid-configuration`),
)
const { keys } = JSON.parse(await send('GET', provider.jwks_uri))
const publicKeys = new Map(
  keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]),
)
const logins = await openTable('barelogins')
const sessions = await openTable('baresessions')

await serve((origin) => {
  const redirectUri = `${origin}/auth/callback`
  const routes = {
    'GET /auth/login': async (_request, response) => {
      const [state, nonce, verifier] = [random(), random(), random()]
      await logins.createEntity({ partitionKey: 'l', rowKey: state, nonce, verifier })
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: redirectUri,
        scope: settings.scope,
        state,
        nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      })
      response.writeHead(302, { location: `${provider.authorization_endpoint}?${query}` }).end()
    },

    'GET /auth/callback': async (_request, response, query) => {
      const login = await logins.getEntity('l', query.get('state'))
      await logins.deleteEntity('l', login.rowKey, { etag: login.etag })
      const tokens = await tokenRequest({
        grant_type: 'authorization_code',
        code: query.get('code'),
        redirect_uri: redirectUri,
        code_verifier: login.verifier,
      })
      const claims = checkedClaims(tokens.id_token, login.nonce)
      const id = random()
      await sessions.createEntity({
        partitionKey: 's',
        rowKey: id,
        user: JSON.stringify(claims),
        access: tokens.access_token,
        refresh: tokens.refresh_token,
      })
      const cookie = `session=${id}; Path=/; HttpOnly; SameSite=Lax`
      response.writeHead(302, { location: '/', 'set-cookie': cookie }).end()
    },

    'GET /auth/session': async (request, response) => {
      const session = await findSession(request)
      json(response, { authenticated: true, user: JSON.parse(session.user) })
    },

    'GET /api/demo/orders': async (request, response) => {
      const { access } = await findSession(request)
      const headers = { authorization: `Bearer ${String(access)}` }
      const body = await send('GET', `${settings.apiOrigin}/orders?top=10`, { headers })
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    },

    'POST /auth/refresh': async (request, response) => {
      const session = await findSession(request)
      const tokens = await tokenRequest({
        grant_type: 'refresh_token',
        refresh_token: session.refresh,
      })
      const change = { access: tokens.access_token, refresh: tokens.refresh_token }
      const entity = { partitionKey: 's', rowKey: session.rowKey, ...change }
      await sessions.updateEntity(entity, 'Merge', { etag: session.etag })
      json(response, { authenticated: true })
    },

    'POST /auth/logout': async (request, response) => {
      await sessions.deleteEntity('s', sessionId(request))
      json(response, { logoutUrl: '/' })
    },
  }
  return (request, response) => {
    const [path, query] = request.url.split('?')
    const route = routes[`${request.method} ${path}`]
    route(request, response, new URLSearchParams(query)).catch((error) => {
      response.writeHead(500).end(error.message)
    })
  }
})

async function openTable(name) {
  const options = { allowInsecureConnection: true }
  const table = TableClient.fromConnectionString(settings.tables, name, options)
  await table.createTable()
  return table
}

function findSession(request) {
  return sessions.getEntity('s', sessionId(request))
}

function sessionId({ headers }) {
  return /session=([\w-]+)/.exec(headers.cookie ?? '')[1]
}

async function tokenRequest(parameters) {
  const credentials = { client_id: settings.clientId, client_secret: settings.clientSecret }
  const body = new URLSearchParams({ ...credentials, ...parameters }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return JSON.parse(await send('POST', provider.token_endpoint, { headers, body }))
}

function checkedClaims(idToken, nonce) {
  const [header, payload, signature] = idToken.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'))
  const signed = Buffer.from(`${header}.${payload}`)
  const claims = JSON.parse(Buffer.from(payload, 'base64url'))
  const good =
    verify('RSA-SHA256', signed, publicKeys.get(kid), Buffer.from(signature, 'base64url')) &&
    claims.iss === provider.issuer &&
    claims.aud === settings.clientId &&
    claims.nonce === nonce &&
    claims.exp > Date.now() / 1000
  if (!good) throw new Error('the ID token is not good')
  return claims
}

function json(response, body) {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function random() {
  return randomBytes(32).toString('base64url')
}

function send(method, url, { headers, body } = {}) {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, agent, headers }, (incoming) => {
      const chunks = []
      incoming.on('data', (chunk) => chunks.push(chunk))
      incoming.on('end', () => resolve(Buffer.concat(chunks).toString()))
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}
