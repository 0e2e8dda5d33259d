import { describe, expect } from 'vitest'
import { contoso, fabrikam } from '../../dev/entra/defaults.ts'
import { expectErrorPage, expectProblem } from '../support/answers.ts'
import { createHttpBrowser } from '../support/http-browser.ts'
import { clearLines, isSignedIn, linesOf, refreshAt, sessionAt } from '../support/instances.ts'
import { lastLogin } from '../support/spent-login.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest()

const [ada, guest] = ['ada@contoso.test', 'gus@fabrikam.test']

test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  clearLines(stack)
})

async function use(stack: Stack, tenant: string, allowed?: string): Promise<void> {
  await stack.admin.settings({ multiTenant: tenant === 'organizations' || tenant === 'common' })
  await stack.restart({
    ENTRA_TENANT_ID: tenant,
    ...(allowed !== undefined && { ENTRA_ALLOWED_TENANTS: allowed }),
  })
}

/** A sign-in that has to fail, and leaves nothing behind. */
async function expectRefused(
  stack: Stack,
  person: Parameters<typeof startSignIn>[2],
  [status, code]: readonly [number, string],
  reason: string,
): Promise<void> {
  const browser = createHttpBrowser()
  const { callbackUrl } = await startSignIn(stack, browser, person)
  const page = await browser.navigate(callbackUrl)
  expectErrorPage(page, status, code)
  expect(linesOf(stack, 'bff.login.failed').at(-1)).toMatchObject({ code, reason })
  expect(await lastLogin(stack)).toMatchObject({
    failure: code,
    sealed: expect.stringMatching(/^[\w-]{22}\.[\w-]{40,200}$/),
  })
  expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  expect(page.text.includes('prompt=select_account')).toBe(code === 'tenant_not_allowed')
}

describe.each(['organizations', 'common'])('ENTRA_TENANT_ID=%s', (tenant) => {
  test('C-07 N-15 R-32 with a list lets in the tenants of the list, and refuses the others', async ({
    stack,
  }) => {
    await use(stack, tenant, contoso.id)
    const browser = await signIn(stack, undefined, { user: ada })
    expect((await sessionAt(stack, browser)).user.tenantId).toBe(contoso.id)
    expect((await refreshAt(stack, browser)).status).toBe(200)
    expect((await browser.call('POST', stack.url('/auth/logout'))).status).toBe(200)
    await expectRefused(stack, { user: guest }, [403, 'tenant_not_allowed'], 'tenant_not_allowed')
    await signIn(stack, browser, { user: ada, query: '?prompt=select_account' })
  })

  test('N-02 redeems and refreshes at the path it signed in at', async ({ stack }) => {
    await use(stack, tenant, `${contoso.id},${fabrikam.id.toUpperCase()}`)
    await stack.admin.clearRequests()
    const browser = await signIn(stack, undefined, { user: guest })
    expect((await sessionAt(stack, browser)).user.tenantId).toBe(fabrikam.id)
    expect((await refreshAt(stack, browser)).status).toBe(200)
    const requests = await stack.admin.requests({ kind: 'token' })
    expect(requests.map(({ path }) => path.split('/')[1])).toEqual([tenant, tenant])
  })

  test('N-15 a tenant that is taken off the list loses its sessions at their next use', async ({
    stack,
  }) => {
    await use(stack, tenant, `${contoso.id},${fabrikam.id}`)
    const [stays, goes] = [await signIn(stack), await signIn(stack, undefined, { user: guest })]
    await use(stack, tenant, contoso.id)
    expect((await refreshAt(stack, goes)).status).toBe(401)
    expect([await isSignedIn(stack, stays), await isSignedIn(stack, goes)]).toEqual([true, false])
    expect(await countRows(stack)).toMatchObject({ sessions: 1, sessionIndex: 2 })
    expect(linesOf(stack, 'bff.session.ended')).toMatchObject([
      { reason: 'tenant_not_allowed', function: 'refresh' },
    ])
  })

  test('N-15 with * every tenant is let in, once that is said out loud', async ({ stack }) => {
    await use(stack, tenant, '*')
    for (const user of [ada, guest]) await signIn(stack, undefined, { user })
    await use(stack, tenant)
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login'))
    expect([reply.status, reply.text]).toEqual([
      503,
      expect.stringContaining('configuration_error'),
    ])
  })
})

describe('tokens that name a tenant they are not of', () => {
  const issuer = (stack: Stack, tenantId: string) => `${stack.entra.origin}/${tenantId}/v2.0`

  test.beforeAll(({ stack }) => use(stack, 'organizations', contoso.id))

  test.for([
    [
      'an allowed tid under another issuer',
      (stack: Stack) => ({ iss: issuer(stack, fabrikam.id) }),
    ],
    ['another tid under an allowed issuer', () => ({ tid: fabrikam.id })],
    ['the issuer’s template itself', (stack: Stack) => ({ iss: issuer(stack, '{tenantid}') })],
    [
      'a tid that is no GUID',
      (stack: Stack) => ({ tid: 'contoso.test', iss: issuer(stack, 'contoso.test') }),
    ],
    ['no issuer of this cloud', () => ({ iss: `https://evil.example/${contoso.id}/v2.0` })],
  ] as const)('C-07 %s: login_failed', async ([_name, claims], { stack }) => {
    await stack.admin.fault({ on: 'token', idToken: { claims: claims(stack) } })
    await expectRefused(stack, {}, [400, 'login_failed'], 'claim_invalid')
  })

  test('C-07 in a refresh they end the session', async ({ stack }) => {
    const browser = await signIn(stack)
    const claims = { tid: fabrikam.id, iss: issuer(stack, fabrikam.id) }
    await stack.admin.fault({ on: 'token', idToken: { claims } })
    expectProblem(await refreshAt(stack, browser), 401, 'session_expired')
    expect(await isSignedIn(stack, browser)).toBe(false)
  })

  test('C-15 a key that signs for another tenant signs nothing here', async ({ stack }) => {
    await editKeys(stack, () => issuer(stack, fabrikam.id))
    await expectRefused(stack, {}, [400, 'login_failed'], 'key_issuer_mismatch')
    await stack.admin.clearFaults()
    await stack.restart({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: contoso.id })
    await editKeys(stack, () => issuer(stack, '{tenantid}'))
    await signIn(stack)
  })

  /** Publishes the keys with another `issuer` in each, and forgets those known so far. */
  async function editKeys(stack: Stack, issuerOf: (key: Key) => string): Promise<void> {
    await publishKeys(stack, 'organizations', issuerOf)
    await stack.hosts[0]!.reload()
  }
})

interface Key {
  readonly issuer: string
}

async function publishKeys(
  stack: Stack,
  path: string,
  issuerOf: (key: Key) => string,
): Promise<void> {
  const reply = await fetch(`${stack.entra.origin}/${path}/discovery/v2.0/keys`)
  const { keys } = (await reply.json()) as { keys: Key[] }
  const edited = keys.map((key) => ({ ...key, issuer: issuerOf(key) }))
  await stack.admin.fault({ on: 'jwks', edit: { set: { keys: edited } } }, null)
}

describe('one tenant', () => {
  test('C-07 its guests sign in as users of it', async ({ stack }) => {
    await use(stack, contoso.id)
    const browser = await signIn(stack, undefined, { user: guest })
    expect((await sessionAt(stack, browser)).user.tenantId).toBe(contoso.id)
  })

  test('by its domain it is the same tenant', async ({ stack }) => {
    await use(stack, contoso.domain)
    const browser = await signIn(stack)
    expect((await sessionAt(stack, browser)).user.tenantId).toBe(contoso.id)
    expect((await refreshAt(stack, browser)).status).toBe(200)
  })

  test('that does not exist is a mistake of the settings', async ({ stack }) => {
    await use(stack, '99999999-9999-4999-8999-999999999999')
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login'))
    expectErrorPage(reply, 503, 'configuration_error')
  })
})

describe('External ID', () => {
  const issuer = `https://${contoso.id}.ciamlogin.com/${contoso.id}/v2.0`

  test('N-10 has an issuer of its own: in metadata, ID tokens and keys alike', async ({
    stack,
  }) => {
    await stack.admin.fault({ on: 'discovery', edit: { set: { issuer } } }, null)
    await stack.admin.fault({ on: 'token', idToken: { claims: { iss: issuer } } }, null)
    await publishKeys(stack, contoso.id, () => issuer)
    await use(stack, contoso.id)
    const browser = await signIn(stack)
    expect((await refreshAt(stack, browser)).status).toBe(200)
    expect(await isSignedIn(stack, browser)).toBe(true)
  })

  test('N-10 whose tokens still name another issuer lets nobody in', async ({ stack }) => {
    await stack.admin.fault({ on: 'discovery', edit: { set: { issuer } } }, null)
    await use(stack, contoso.id)
    await expectRefused(stack, {}, [400, 'login_failed'], 'claim_invalid')
  })

  test('N-10 of another tenant is a mistake of the settings', async ({ stack }) => {
    const other = `https://${fabrikam.id}.ciamlogin.com/${fabrikam.id}/v2.0`
    await stack.admin.fault({ on: 'discovery', edit: { set: { issuer: other } } }, null)
    await use(stack, contoso.id)
    const reply = await createHttpBrowser().navigate(stack.url('/auth/login'))
    expectErrorPage(reply, 503, 'configuration_error')
  })
})
