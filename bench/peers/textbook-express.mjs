/** The sign-in of a textbook: Express, express-session in memory, openid-client; no shared storage. */
import express from 'express'
import session from 'express-session'
import * as oidc from 'openid-client'
import { serve, settings } from './serve.mjs'

await serve(async (origin) => {
  const redirectUri = `${origin}/auth/callback`
  const config = await oidc.discovery(
    new URL(settings.issuer),
    settings.clientId,
    settings.clientSecret,
    undefined,
    { execute: [oidc.allowInsecureRequests] },
  )
  const app = express()
  app.use(session({ secret: 'bench', resave: false, saveUninitialized: false }))

  app.get('/auth/login', async (request, response) => {
    const verifier = oidc.randomPKCECodeVerifier()
    const login = { verifier, state: oidc.randomState(), nonce: oidc.randomNonce() }
    request.session.login = login
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: settings.scope,
      state: login.state,
      nonce: login.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    response.redirect(url.href)
  })

  app.get('/auth/callback', async (request, response) => {
    const { login } = request.session
    const tokens = await oidc.authorizationCodeGrant(config, new URL(request.url, origin), {
      pkceCodeVerifier: login.verifier,
      expectedState: login.state,
      expectedNonce: login.nonce,
    })
    const user = tokens.claims()
    await new Promise((resolve) => request.session.regenerate(resolve))
    request.session.user = user
    request.session.tokens = { access: tokens.access_token, refresh: tokens.refresh_token }
    response.redirect('/')
  })

  const signedIn = (request, response, next) =>
    request.session.user === undefined ? response.status(401).end() : next()

  app.get('/auth/session', signedIn, (request, response) => {
    response.json({ authenticated: true, user: request.session.user })
  })

  app.get('/api/demo/orders', signedIn, async (request, response) => {
    const answer = await fetch(`${settings.apiOrigin}/orders?top=10`, {
      headers: { authorization: `Bearer ${request.session.tokens.access}` },
    })
    response
      .status(answer.status)
      .type('application/json')
      .send(await answer.text())
  })

  app.post('/auth/refresh', signedIn, async (request, response) => {
    const tokens = await oidc.refreshTokenGrant(config, request.session.tokens.refresh)
    request.session.tokens = {
      access: tokens.access_token,
      refresh: tokens.refresh_token ?? request.session.tokens.refresh,
    }
    response.json({ authenticated: true })
  })

  app.post('/auth/logout', (request, response) => {
    request.session.destroy(() => response.json({ logoutUrl: '/' }))
  })
  return app
})
