/**
 * express-openid-connect as its guide sets it up: the session in an encrypted cookie, or with
 * `SESSION_STORE=memory` in a store of this process, in plain text.
 */
import express from 'express'
import openidConnect from 'express-openid-connect'
import session from 'express-session'
import { serve, settings } from './serve.mjs'

await serve((origin) => {
  const app = express()
  app.use(
    openidConnect.auth({
      issuerBaseURL: settings.issuer,
      baseURL: origin,
      clientID: settings.clientId,
      clientSecret: settings.clientSecret,
      secret: 'a secret of this benchmark, of sufficient length',
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: settings.scope },
      clientAuthMethod: 'client_secret_post',
      routes: { login: '/auth/login', callback: '/auth/callback', logout: false },
      ...(process.env.SESSION_STORE === 'memory' && {
        session: { store: new session.MemoryStore() },
      }),
    }),
  )

  const signedIn = (request, response, next) =>
    request.oidc.isAuthenticated() ? next() : response.status(401).end()

  app.get('/auth/session', signedIn, (request, response) => {
    response.json({ authenticated: true, user: request.oidc.user })
  })

  app.get('/api/demo/orders', signedIn, async (request, response) => {
    const answer = await fetch(`${settings.apiOrigin}/orders?top=10`, {
      headers: { authorization: `Bearer ${request.oidc.accessToken.access_token}` },
    })
    response
      .status(answer.status)
      .type('application/json')
      .send(await answer.text())
  })

  app.post('/auth/refresh', signedIn, async (request, response) => {
    await request.oidc.accessToken.refresh()
    response.json({ authenticated: true })
  })

  app.post('/auth/logout', async (request, response) => {
    request.appSession = undefined
    response.json({ logoutUrl: '/' })
  })
  return app
})
