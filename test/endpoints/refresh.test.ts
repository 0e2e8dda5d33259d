import { beforeEach, expect, test } from 'vitest'
import type { App } from '../../src/app/app.ts'
import { refresh } from '../../src/endpoints/refresh.ts'
import type { RenewalOutcome } from '../../src/renewal/outcome.ts'
import { readSettings } from '../../src/settings/settings.ts'
import { createSessionWorld, type SessionWorld } from '../support/sessions.ts'

const { settings } = readSettings({
  PUBLIC_URL: 'https://app.example.com',
  ENTRA_TENANT_ID: 'contoso.test',
  ENTRA_CLIENT_ID: 'client',
  KEY_VAULT_URL: 'https://v.vault.azure.net',
  TABLES_ENDPOINT: 'https://a.table.core.windows.net',
  REFRESH_COOLDOWN_SECONDS: '0',
})

let world: SessionWorld
let cookie: string
let asked: number
beforeEach(async () => {
  world = createSessionWorld()
  cookie = await world.signIn()
  asked = 0
})

function app(cooldownSeconds = 0): App {
  const renewal = async (): Promise<RenewalOutcome> => {
    const number = ++asked
    await new Promise((resolve) => setTimeout(resolve, 5))
    const tokens = { accessToken: `a${number}`, refreshToken: `r${number}`, expiresIn: 3600 }
    return { kind: 'refreshed', tokens }
  }
  return {
    settings: { ...settings!, refreshCooldownSeconds: cooldownSeconds },
    cookiePolicy: { loopbackPort: undefined, sessionSameSite: 'Strict', responseMode: 'query' },
    now: () => world.now,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
    stores: async () => world.stores,
    sessionKeys: world.keys,
    identityProvider: async () => ({ refresh: renewal }),
    limiter: { count: () => {} },
  } as unknown as App
}

function ask(of: App) {
  const request = new Request('https://app.example.com/auth/refresh', {
    method: 'POST',
    headers: { 'x-csrf': '1', cookie: `__Host-Http-session=${cookie}` },
  })
  const call = { correlationId: '', clientAddress: undefined, write: world.write }
  return refresh(request, of, call)
}

test('callers of the same second as the last renewal cause one more, not one each (D-05)', async () => {
  const instances = [app(), app()]
  for (const burst of [1, 2, 3]) {
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, call) => ask(instances[call % 2]!)),
    )
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
    expect(asked).toBe(burst)
  }
})

test('sooner than the cool-down the present state is the answer (D-12)', async () => {
  for (let call = 0; call < 5; call++) await ask(app(30))
  expect(asked).toBe(1)
  world.now += 30_000
  await ask(app(30))
  expect(asked).toBe(2)
})

test('a session without a refresh token is answered as it is (E-08)', async () => {
  cookie = await world.signIn({ tokens: { expiresIn: 1200 } })
  // A row as the tables give it: an empty column is absent.
  for (const { row } of world.stores.tables.sessions.values())
    if (!row.sealed['refresh']) delete (row.sealed as Record<string, string>)['refresh']
  const reply = await ask(app())
  expect(reply.status).toBe(200)
  expect(JSON.parse(String(reply.body))).toMatchObject({ expiresIn: 1200 })
  expect(asked).toBe(0)
})
