import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { buildAuthorizationUrl } from '../../../src/oauth/authorization/authorization-request.ts'
import { buildEndSessionUrl } from '../../../src/oauth/authorization/end-session-request.ts'
import { client, clientId } from '../test-provider.ts'

const authorizationEndpoint = new URL('https://login.microsoftonline.com/t/oauth2/v2.0/authorize')
const request = { state: 'the-state', nonce: 'the-nonce', codeVerifier: 'v'.repeat(43) }

test('A-01 A-05 the request has exactly the parameters of the code flow with S256', () => {
  const url = buildAuthorizationUrl({ authorizationEndpoint }, client, request)
  expect(url.origin + url.pathname).toBe(authorizationEndpoint.href)
  const codeChallenge = createHash('sha256').update(request.codeVerifier).digest('base64url')
  expect(codeChallenge).toHaveLength(43)
  expect([...url.searchParams]).toEqual([
    ['response_type', 'code'],
    ['client_id', clientId],
    ['redirect_uri', client.redirectUri],
    ['response_mode', 'query'],
    ['scope', 'openid profile offline_access'],
    ['state', 'the-state'],
    ['nonce', 'the-nonce'],
    ['code_challenge', codeChallenge],
    ['code_challenge_method', 'S256'],
  ])
  expect(url.href).not.toContain(request.codeVerifier)
})

test('A-07 what may be passed on is passed on once, whatever is in it', () => {
  const url = buildAuthorizationUrl({ authorizationEndpoint }, client, {
    ...request,
    prompt: 'select_account',
    loginHint: 'ada@contoso.test&client_id=evil',
    domainHint: 'contoso.test',
    uiLocales: 'de en',
    claims: '{"id_token":{"acrs":{"essential":true,"value":"c1"}}}',
    maxAge: 0,
  })
  expect(url.searchParams.getAll('client_id')).toEqual([clientId])
  expect(url.searchParams.get('login_hint')).toBe('ada@contoso.test&client_id=evil')
  expect(url.searchParams.get('max_age')).toBe('0')
  expect([...url.searchParams.keys()]).toHaveLength(15)
})

test('a query of the endpoint stays and cannot double a parameter', () => {
  const endpoint = new URL(`${authorizationEndpoint.href}?p=policy&client_id=other`)
  const url = buildAuthorizationUrl({ authorizationEndpoint: endpoint }, client, request)
  expect(url.searchParams.get('p')).toBe('policy')
  expect(url.searchParams.getAll('client_id')).toEqual([clientId])
})

test('N-03 a step-up asks for the OpenID scopes and those of one upstream', () => {
  const scopes = ['api://orders/Orders.Read', 'openid']
  const url = buildAuthorizationUrl({ authorizationEndpoint }, client, { ...request, scopes })
  expect(url.searchParams.get('scope')).toBe(
    'openid profile offline_access api://orders/Orders.Read',
  )
})

test('H-03 a sign-out names the client, where to return, the state and the hint, and no ID token', () => {
  const endpoint = new URL('https://login.microsoftonline.com/t/oauth2/v2.0/logout')
  const url = buildEndSessionUrl(endpoint, client, { state: 'sealed', logoutHint: 'O.opaque' })
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: clientId,
    post_logout_redirect_uri: client.postLogoutRedirectUri,
    logout_hint: 'O.opaque',
    state: 'sealed',
  })
  const without = buildEndSessionUrl(endpoint, client, { state: 'sealed' })
  expect(without.searchParams.has('logout_hint')).toBe(false)
})
