import { generate } from 'selfsigned'
import { describe, expect } from 'vitest'
import { contoso, fabrikam } from '../../dev/entra/defaults.ts'
import type { TokenMutation } from '../../dev/entra/signed-token.ts'
import { expectArrival, expectErrorPage } from '../support/answers.ts'
import { type BrowserReply, createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows } from '../support/table-rows.ts'

const test = stackTest()

let browser: HttpBrowser
test.beforeEach(async ({ stack }) => {
  browser = createHttpBrowser()
  await stack.admin.clearRequests()
})

async function finish(stack: Stack, user = 'ada@contoso.test'): Promise<BrowserReply> {
  const { callbackUrl } = await startSignIn(stack, browser, { user })
  return browser.navigate(callbackUrl)
}

describe('J-01 how the app proves itself', () => {
  async function proofs(stack: Stack): Promise<Record<string, unknown>[]> {
    await signIn(stack, browser)
    const refreshed = await browser.call('POST', stack.url('/auth/refresh'))
    expect(refreshed.status).toBe(200)
    const requests = await stack.admin.requests({ kind: 'token' })
    expect(requests.map(({ outcome }) => outcome)).toEqual(['tokens issued', 'tokens issued'])
    return requests.map(({ parameters }) => parameters)
  }

  test('by a managed identity: its token is the assertion, and there is no secret', async ({
    stack,
  }) => {
    await stack.restart({ CLIENT_CREDENTIAL: 'federated' })
    for (const parameters of await proofs(stack)) {
      expect(parameters).toMatchObject({
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: { claims: { aud: 'api://AzureADTokenExchange' } },
      })
      expect(parameters['client_secret']).toBeUndefined()
    }
    const identity = await stack.admin.requests({ kind: 'msi' })
    const forEntra = identity.filter(({ parameters }) =>
      String(parameters['resource']).startsWith('api://'),
    )
    expect(forEntra).toHaveLength(1)
  })

  test.for([true, false])(
    'by a certificate whose key can be exported: %s',
    async (exportable, { stack }) => {
      const pems = await generate([{ name: 'commonName', value: 'app' }], { keySize: 2048 })
      stack.vault.setCertificate('entra-client-certificate', {
        certificate: pems.cert,
        privateKey: pems.private,
        exportable,
      })
      await stack.admin.settings({ certificates: [pems.cert] })
      await stack.restart({ CLIENT_CREDENTIAL: 'certificate' })
      for (const parameters of await proofs(stack)) {
        expect(parameters).toMatchObject({
          client_assertion: {
            claims: { iss: stack.entra.clientId, sub: stack.entra.clientId },
          },
        })
        expect(parameters['client_secret']).toBeUndefined()
      }
    },
  )

  test('by a secret as a plain setting, with the session key as one: no vault is asked', async ({
    stack,
  }) => {
    const { KEY_VAULT_URL: _vault, ...env } = stack.env
    stack.vault.resetCalls()
    await stack.hosts[0]!.reload({
      ...env,
      ENTRA_CLIENT_SECRET: 'local~stack.secret_that-only.the-emulator~takes',
      SESSION_KEY: Buffer.alloc(32, 7).toString('base64url'),
    })
    for (const parameters of await proofs(stack)) expect(parameters['client_secret']).toBeDefined()
    expect(stack.vault.calls()).toBe(0)
    await stack.restart()
  })

  test('J-06 by a wrong secret: nobody signs in, and the log says why', async ({ stack }) => {
    await stack.restart({ ENTRA_CLIENT_SECRET: 'wrong' })
    expectErrorPage(await finish(stack), 503, 'configuration_error')
    expect(
      stack.hosts[0]!.logs.some(
        ({ level, message }) => level === 'error' && message.includes('configuration_error'),
      ),
    ).toBe(true)
    await stack.restart()
  })
})

describe('C-07 N-02 N-15 with tenants on a list', () => {
  test.beforeAll(async ({ stack }) => {
    await stack.admin.settings({ multiTenant: true })
    await stack.restart({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: contoso.id })
  })
  test.afterAll(async ({ stack }) => {
    await stack.admin.settings({ multiTenant: false })
    await stack.restart()
  })

  test('an account of an allowed tenant signs in, at the path where it was asked', async ({
    stack,
  }) => {
    const login = await browser.navigate(stack.url('/auth/login'))
    expect(new URL(login.headers['location']!).pathname).toBe(
      '/organizations/oauth2/v2.0/authorize',
    )
    expectArrival(await finish(stack), `${stack.origin}/`)
    const [request] = await stack.admin.requests({ kind: 'token' })
    expect(request!.path).toBe('/organizations/oauth2/v2.0/token')
    const read = await browser.call('GET', stack.url('/auth/session'))
    expect(read.json()).toMatchObject({ user: { tenantId: contoso.id } })
    expect((await browser.call('POST', stack.url('/auth/refresh'))).status).toBe(200)
  })

  test('an account of another tenant does not, and may try another one', async ({ stack }) => {
    const before = await countRows(stack)
    const reply = await finish(stack, 'gus@fabrikam.test')
    expectErrorPage(reply, 403, 'tenant_not_allowed')
    expect(reply.text).toContain('prompt=select_account')
    expect((await countRows(stack)).sessions).toBe(before.sessions)
  })

  const spoiled: [string, TokenMutation][] = [
    ['the tenant of another issuer', { claims: { tid: fabrikam.id } }],
    ['a tenant that is a word', { claims: { tid: 'organizations' } }],
    ['a tenant that is no GUID', { claims: { tid: `${contoso.id}x` } }],
    ['several tenants', { claims: { tid: [contoso.id] } }],
    ['no tenant', { removeClaims: ['tid'] }],
    ['the template for an issuer', { claims: { iss: 'https://login/{tenantid}/v2.0' } }],
  ]
  test.for(spoiled)('a token with %s is refused', async ([, idToken], { stack }) => {
    await stack.admin.fault({ on: 'token', idToken })
    expectErrorPage(await finish(stack), 400, 'login_failed')
  })

  test('an issuer on a similar host is refused', async ({ stack }) => {
    const iss = `${stack.entra.origin}.evil.example/${contoso.id}/v2.0`
    await stack.admin.fault({ on: 'token', idToken: { claims: { iss } } })
    expectErrorPage(await finish(stack), 400, 'login_failed')
  })

  test('without a list it is a mistake of the settings', async ({ stack }) => {
    await stack.restart({ ENTRA_TENANT_ID: 'common' })
    const ready = await browser.send(stack.url('/health/ready'))
    expect([ready.status, ready.text]).toEqual([
      503,
      expect.stringContaining('ENTRA_ALLOWED_TENANTS is missing'),
    ])
  })
})
