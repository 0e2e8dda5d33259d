import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDemoApi } from '../../../dev/demo-api/demo-api.ts'
import { listenOnLoopback, type LoopbackServer } from '../../../dev/loopback-server.ts'

const issuer = 'http://127.0.0.1:7072/tenant/v2.0'
const audience = 'api-client-id'
const ada = { name: 'Ada Lovelace', oid: 'a0000000', scp: 'access_as_user' }
const keys = await generateKeyPair('RS256')
const foreign = await generateKeyPair('RS256')
let keyServer: LoopbackServer
let api: LoopbackServer

beforeAll(async () => {
  const jwk = { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  keyServer = await listenOnLoopback((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }))
  })
  api = await startDemoApi({ issuer, jwksUri: `${keyServer.origin}/keys`, audience })
})

afterAll(async () => {
  await api.stop()
  await keyServer.stop()
})

test('shows who calls and which headers arrived', async () => {
  const answer = await call('/me', await token(ada))
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as { headers: string[] }
  expect(body).toMatchObject(ada)
  expect(body.headers).toContain('authorization')
  expect(body.headers).not.toContain('cookie')
})

describe('refuses', () => {
  const cases: [string, () => Promise<string>, string][] = [
    ['no token', () => Promise.resolve(''), 'Bearer'],
    ['something that is no token', () => Promise.resolve('Bearer abc'), 'invalid_token'],
    ['another issuer', () => token(ada, { issuer: 'http://127.0.0.1/x' }), 'invalid_token'],
    ['a token for another API', () => token(ada, { audience: 'graph' }), 'invalid_token'],
    ['an expired token', () => token(ada, { expiresIn: -60 }), 'invalid_token'],
    ['a foreign signature', () => token(ada, { key: foreign.privateKey }), 'invalid_token'],
    ['a token without scp', () => token({ oid: 'app' }), 'insufficient_scope'],
  ]
  test.each(cases)('%s', async (_name, authorization, challenge) => {
    const answer = await call('/me', await authorization())
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain(challenge)
  })
})

test('a sensitive call demands the authentication context with a claims challenge', async () => {
  const refused = await call('/sensitive', await token(ada))
  expect(refused.status).toBe(401)
  const challenge = refused.headers.get('www-authenticate') ?? ''
  expect(challenge).toContain('error="insufficient_claims"')
  const claims = /claims="([^"]+)"/.exec(challenge)?.[1] ?? ''
  expect(JSON.parse(Buffer.from(claims, 'base64').toString())).toEqual({
    access_token: { acrs: { essential: true, value: 'c1' } },
  })

  const granted = await call('/sensitive', await token({ ...ada, acrs: ['c1'] }))
  expect(granted.status).toBe(200)
})

test('takes an order and gives it back', async () => {
  const authorization = await token(ada)
  const body = JSON.stringify({ article: 'Punched cards', amount: 3 })
  const answer = await call('/orders', authorization, { method: 'POST', body })
  expect(answer.status).toBe(201)
  expect(await answer.json()).toMatchObject({ order: { amount: 3 } })

  const nonsense = await call('/orders', authorization, { method: 'POST', body: '{' })
  expect(nonsense.status).toBe(400)
  expect((await call('/orders', authorization)).status).toBe(200)
})

test('answers slowly or with any status when asked to', async () => {
  const authorization = await token(ada)
  expect(await (await call('/slow?ms=5', authorization)).json()).toEqual({ waitedMs: 5 })
  expect((await call('/status/503', authorization)).status).toBe(503)
  expect((await call('/status/204', authorization)).status).toBe(204)
  expect((await call('/nothing', authorization)).status).toBe(404)
})

test('no browser origin may read it', async () => {
  const answer = await fetch(`${api.origin}/me`, {
    headers: { authorization: await token(ada), origin: 'http://localhost:7071' },
  })
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})

async function call(path: string, authorization: string, init: RequestInit = {}) {
  return await fetch(api.origin + path, { ...init, headers: { authorization } })
}

async function token(
  claims: JWTPayload,
  but: { issuer?: string; audience?: string; expiresIn?: number; key?: CryptoKey } = {},
): Promise<string> {
  const jwt = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(but.issuer ?? issuer)
    .setAudience(but.audience ?? audience)
    .setExpirationTime(Math.floor(Date.now() / 1000) + (but.expiresIn ?? 300))
    .sign(but.key ?? keys.privateKey)
  return `Bearer ${jwt}`
}
