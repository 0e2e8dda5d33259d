import { randomBytes, randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { LoginFailureReason } from '../../src/base/login-failures.ts'
import type { InnerReason } from '../support/inner-reasons.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { clearLines, linesOf } from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { emptyTables, rowsOf, tableOf } from '../support/table-rows.ts'

const test = stackTest()

test.beforeEach(async ({ stack }) => {
  await stack.restart()
  await emptyTables(stack)
  clearLines(stack)
})

/** A sign-in that is back from the provider. */
interface Returning {
  readonly stack: Stack
  readonly browser: HttpBrowser
  readonly callbackUrl: URL
}

type Failure = (returning: Returning) => Promise<unknown>

/** The callback with its query changed. */
const withQuery =
  (change: (query: URLSearchParams) => void): Failure =>
  ({ browser, callbackUrl }) => {
    change(callbackUrl.searchParams)
    return browser.navigate(callbackUrl)
  }

/** The callback while the provider errs as the named preset says. */
const withFault =
  (fault: Parameters<Stack['admin']['fault']>[0]): Failure =>
  async ({ stack, browser, callbackUrl }) => {
    await stack.admin.fault(fault)
    await browser.navigate(callbackUrl)
  }

/**
 * Every reason, by what a browser, a provider or an operator does. One that is missing here does not
 * compile. Two cannot be caused from outside, since smaller limits come first: they are held by
 * test/app/sign-in-failed.test.ts.
 */
const failures: Record<Exclude<LoginFailureReason, InnerReason>, Failure> = {
  state_missing: withQuery((query) => query.delete('state')),
  state_forged: withQuery((query) => query.set('state', `${query.get('state')!.slice(0, -4)}AAAA`)),
  state_unknown: async ({ stack, browser, callbackUrl }) => {
    const [row] = await rowsOf(stack, 'signIns')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    await tableOf(stack, 'signIns').updateEntity({ ...keys, sealed: 'altered' }, 'Merge')
    await browser.navigate(callbackUrl)
  },
  state_key_unknown: async ({ stack, browser, callbackUrl }) => {
    await stack.restart({ SESSION_KEY: randomBytes(32).toString('base64url') })
    await browser.navigate(callbackUrl)
  },
  state_expired: async ({ stack, browser, callbackUrl }) => {
    await stack.advance(601)
    await browser.navigate(callbackUrl)
  },
  state_spent: async ({ stack, browser, callbackUrl }) => {
    await browser.navigate(callbackUrl)
    // What began with a failure does not lead to the app when it comes again.
    const [row] = await rowsOf(stack, 'signIns')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    await tableOf(stack, 'signIns').updateEntity({ ...keys, doneAt: 0 }, 'Merge')
    await stack.advance(62)
    await browser.navigate(callbackUrl)
  },
  binding_missing: ({ callbackUrl }) => createHttpBrowser().navigate(callbackUrl),
  binding_mismatch: async ({ stack, browser, callbackUrl }) => {
    const [row] = await rowsOf(stack, 'signIns')
    const keys = { partitionKey: row!.partitionKey!, rowKey: row!.rowKey! }
    await tableOf(stack, 'signIns').updateEntity({ ...keys, binding: 'of another' }, 'Merge')
    await browser.navigate(callbackUrl)
  },
  parameter_duplicated: withQuery((query) => query.append('state', 'again')),
  parameter_too_long: withQuery((query) => query.set('code', 'x'.repeat(4097))),
  parameter_conflict: withQuery((query) => query.set('error', 'access_denied')),
  code_missing: withQuery((query) => query.delete('code')),
  body_invalid: async ({ stack, browser }) => {
    await stack.restart({ PUBLIC_URL: 'https://app.example.com', RESPONSE_MODE: 'form_post' })
    const headers = { 'content-type': 'application/json' }
    await browser.navigate(stack.url('/auth/callback'), { method: 'POST', body: '{}', headers })
  },
  issuer_mismatch: withQuery((query) => query.set('iss', 'https://attacker.test/v2.0')),
  identity_provider_error: withFault({ on: 'token', error: { code: 70008 } }),
  token_response_invalid: withFault('no_access_token'),
  id_token_missing: withFault('no_id_token'),
  id_token_invalid: withFault('alg_none'),
  signature_invalid: withFault('wrong_signature'),
  signing_key_unknown: withFault('unknown_kid'),
  nonce_mismatch: withFault('wrong_nonce'),
  claim_invalid: withFault('wrong_audience'),
  clock_skew: withFault('expired_id_token'),
  tenant_not_allowed: async ({ stack, browser }) => {
    await stack.admin.settings({ multiTenant: true })
    await stack.restart({ ENTRA_TENANT_ID: 'organizations', ENTRA_ALLOWED_TENANTS: randomUUID() })
    const { callbackUrl } = await startSignIn(stack, browser)
    await browser.navigate(callbackUrl)
    await stack.admin.settings({ multiTenant: false })
  },
  key_issuer_mismatch: async ({ stack, browser, callbackUrl }) => {
    const { origin, tenantId } = stack.entra
    const published = await fetch(`${origin}/${tenantId}/discovery/v2.0/keys`)
    const { keys } = (await published.json()) as { keys: object[] }
    const issuer = `${origin}/${randomUUID()}/v2.0`
    const set = { keys: keys.map((key) => ({ ...key, issuer })) }
    await stack.admin.fault({ on: 'jwks', edit: { set } }, null)
    await stack.restart()
    await browser.navigate(callbackUrl)
  },
  user_changed: async ({ stack, browser }) => {
    await signIn(stack, browser)
    await stack.admin.fault({ on: 'token', error: { code: 50076 } })
    const refused = await browser.call('POST', stack.url('/auth/refresh'))
    const query = new URL(refused.json<{ loginUrl: string }>().loginUrl).search
    const { callbackUrl } = await startSignIn(stack, browser, { query, user: 'rita@contoso.test' })
    await browser.navigate(callbackUrl)
  },
  dependency_failed: withFault({ on: 'token', answer: { status: 503 } }),
}

test.for(Object.entries(failures))(
  'M-07 a sign-in that fails says why: %s',
  async ([reason, fail], { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await fail({ stack, browser, callbackUrl })
    expect(linesOf(stack, 'bff.login.failed').map((line) => line.reason)).toEqual([reason])
    await stack.admin.clearFaults()
    await stack.restart()
    await signIn(stack)
  },
)
