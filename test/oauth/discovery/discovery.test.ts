import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { redemption, relyingParty, startProvider, type TestProvider } from '../test-provider.ts'

const path = '/.well-known/openid-configuration'
const hourMs = 3_600_000
let provider: TestProvider

beforeAll(async () => {
  provider = await startProvider()
})
afterAll(() => provider.stop())
beforeEach(() => {
  provider.reset()
})

function failDiscovery(status: number, headers = {}, body = '') {
  provider.answer = (asked, response) => {
    if (!asked.endsWith(path)) return false
    response.writeHead(status, headers).end(body)
    return true
  }
}

test('L-05 200 parallel cold sign-ins discover once', async () => {
  const party = relyingParty(provider)
  await Promise.all(Array.from({ length: 200 }, () => party.metadata()))
  expect(provider.count(path)).toBe(1)
})

test('N-02 the metadata of the tenant is asked for, and the sign-in goes to its endpoint', async () => {
  const url = await relyingParty(provider).authorizationUrl({
    state: 's',
    nonce: 'n',
    codeVerifier: 'v'.repeat(43),
  })
  expect(url.origin + url.pathname).toBe(`${provider.origin}/authorize`)
  expect(provider.requests[0]?.path).toBe(`/${provider.authority.tenant}/v2.0${path}`)
})

test('metadata is kept for an hour, and for a day while the provider is away', async () => {
  let now = Date.now()
  const party = relyingParty(provider, { now: () => now })
  await party.metadata()
  now += hourMs - 1
  await party.metadata()
  expect(provider.count(path)).toBe(1)
  failDiscovery(503)
  now += 1
  await party.metadata()
  await party.metadata()
  expect(provider.count(path)).toBe(2)
  now += 30_000
  await party.metadata()
  expect(provider.count(path)).toBe(3)
  now += 23 * hourMs
  await expect(party.metadata()).rejects.toMatchObject({ code: 'identity_provider_unavailable' })
  provider.answer = undefined
  await party.metadata()
})

const outages: [string, number, Record<string, string>, string][] = [
  ['503', 503, { 'retry-after': '9' }, ''],
  ['429', 429, { 'retry-after': '9' }, ''],
  ['a redirection', 302, { location: '/elsewhere' }, ''],
  ['HTML', 200, { 'content-type': 'text/html' }, '<html>'],
  ['an array', 200, { 'content-type': 'application/json' }, '[]'],
]

test.each(outages)(
  'L-06 discovery that answers %s is an outage, and heals at once',
  async (_name, status, headers, body) => {
    failDiscovery(status, headers, body)
    const party = relyingParty(provider)
    await expect(party.metadata()).rejects.toMatchObject({
      code: 'identity_provider_unavailable',
      details: {
        retryAfterSeconds: 'retry-after' in headers ? 9 : 5,
        dependency: { name: 'identity_provider', operation: 'discovery', status },
      },
    })
    expect(provider.count('/elsewhere')).toBe(0)
    provider.answer = undefined
    await party.metadata()
  },
)

test('a provider that nobody listens at is an outage', async () => {
  const gone = await startProvider()
  const party = relyingParty(gone)
  await gone.stop()
  await expect(party.metadata()).rejects.toMatchObject({ code: 'identity_provider_unavailable' })
})

test('a tenant that the authority does not know is a mistake of the settings', async () => {
  failDiscovery(400, { 'content-type': 'application/json' }, '{"error":"invalid_tenant"}')
  await expect(relyingParty(provider).metadata()).rejects.toMatchObject({
    code: 'configuration_error',
    details: { dependency: { status: 400 } },
  })
})

test('A-15 nothing is sent to an endpoint that discovery should not name', async () => {
  provider.discovery = { ...provider.discovery, token_endpoint: 'http://attacker.test/token' }
  const party = relyingParty(provider)
  await expect(party.redeemCode(redemption)).rejects.toMatchObject({ code: 'configuration_error' })
  expect(provider.count('/token')).toBe(0)
})

test('A-05 S256 is sent whatever PKCE methods the metadata names', async () => {
  for (const methods of [undefined, ['plain'], []]) {
    provider.discovery = { ...provider.discovery, code_challenge_methods_supported: methods }
    const request = { state: 's', nonce: 'n', codeVerifier: 'v'.repeat(43) }
    const url = await relyingParty(provider).authorizationUrl(request)
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
  }
})

test('H-05 without an end_session_endpoint there is no sign-out URL', async () => {
  provider.discovery = { ...provider.discovery, end_session_endpoint: undefined }
  await expect(relyingParty(provider).endSessionUrl({ state: 's' })).rejects.toMatchObject({
    code: 'configuration_error',
  })
})
