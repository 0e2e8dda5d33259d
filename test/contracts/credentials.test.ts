import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { listenOnLoopback, type LoopbackServer } from '../../dev/loopback-server.ts'
import {
  createManagedIdentityAssertion,
  createTokenCredential,
} from '../../src/azure/credentials.ts'

const clientId = '33333333-3333-4333-8333-333333333333'

let endpoint: LoopbackServer
let asked: URL[]
let status: number

/**
 * The managed identity's endpoint as App Service and Functions offer it (Microsoft: REST reference).
 * One for all tests: the SDK keeps the first address for good.
 */
beforeAll(async () => {
  endpoint = await listenOnLoopback((request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://localhost'))
    const ours = request.headers['x-identity-header'] === 'header-secret'
    const refused = { statusCode: status, message: 'no identity of this id' }
    const token = {
      access_token: `token-${asked.length}`,
      expires_on: String(Math.floor(Date.now() / 1000) + 3600),
      resource: asked.at(-1)?.searchParams.get('resource'),
      token_type: 'Bearer',
      client_id: clientId,
    }
    response.writeHead(ours ? status : 403, { 'content-type': 'application/json' })
    response.end(JSON.stringify(ours && status === 200 ? token : refused))
  })
  vi.stubEnv('IDENTITY_ENDPOINT', `${endpoint.origin}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', 'header-secret')
  vi.stubEnv('AZURE_CLIENT_ID', clientId)
})

beforeEach(() => {
  asked = []
  status = 200
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await endpoint.stop()
})

test('on the platform the credential is the managed identity that AZURE_CLIENT_ID names', async () => {
  const credential = await createTokenCredential(process.env)()

  const tokens = await Promise.all(
    [1, 2, 3].map(() => credential.getToken('https://storage.azure.com/.default')),
  )

  expect(tokens.map((token) => token?.token)).toEqual(['token-1', 'token-1', 'token-1'])
  expect(asked).toHaveLength(1)
  expect(asked[0]?.searchParams.get('resource')).toBe('https://storage.azure.com')
  expect(asked[0]?.searchParams.get('client_id')).toBe(clientId)
})

test('J-01: the assertion is the identity’s token for the exchange audience', async () => {
  const assertion = createManagedIdentityAssertion(createTokenCredential(process.env))

  expect(await assertion('api://AzureADTokenExchange')).toBe('token-1')
  expect(asked[0]?.searchParams.get('resource')).toBe('api://AzureADTokenExchange')
})

test('an identity that gives no token is identity_provider_unavailable', async () => {
  status = 400
  const assertion = createManagedIdentityAssertion(createTokenCredential(process.env))

  await expect(assertion('api://Refused')).rejects.toMatchObject({
    code: 'identity_provider_unavailable',
    details: { dependency: { name: 'identity_provider', operation: 'managed_identity_token' } },
  })
})

test('a refused token is asked for again', async () => {
  status = 400
  const credential = await createTokenCredential(process.env)()
  await expect(credential.getToken('https://again.example/.default')).rejects.toThrow()

  status = 200
  expect((await credential.getToken('https://again.example/.default'))?.token).toMatch(/^token-/)
})
