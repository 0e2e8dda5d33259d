import { describe, expect } from 'vitest'
import { expectErrorPage } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import { createHttpBrowser, type HttpBrowser } from '../support/http-browser.ts'
import { clearLines, linesOf } from '../support/instances.ts'
import { type EntraError, outages, outageWaits } from '../support/provider-outages.ts'
import { lastLogin } from '../support/spent-login.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { countRows, emptyTables } from '../support/table-rows.ts'

const test = stackTest()

test.beforeAll(async ({ stack }) => {
  await stack.admin.settings({ canary: 'CANARY' })
  await signIn(stack)
})
test.beforeEach(async ({ stack }) => {
  await emptyTables(stack)
  await stack.admin.clearRequests()
  clearLines(stack)
})
test.afterEach(async ({ stack }) => {
  expectClosedLines(stack, ['CANARY', 'AADSTS'])
})

const challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
/** A number that nobody knows: what is decided with it is decided on `error` alone. */
const unheardOf = 999_999

describe('authorization responses', () => {
  type Row = [id: string, error: string, code: number, status: number, becomes: string]
  const rows: Row[] = [
    ['R-01', 'access_denied', 65004, 200, 'login_cancelled'],
    ['R-02', 'access_denied', 50105, 403, 'access_denied'],
    ['R-05', 'access_denied', 53003, 403, 'access_blocked'],
    ['R-02', 'access_denied', unheardOf, 403, 'access_denied'],
    ['R-03', 'login_required', 50058, 403, 'login_required'],
    ['R-04', 'interaction_required', 50076, 403, 'interaction_required'],
    ['R-04', 'interaction_required', 16000, 403, 'interaction_required'],
    ['R-04', 'interaction_required', unheardOf, 403, 'interaction_required'],
    ['R-05', 'interaction_required', 53003, 403, 'access_blocked'],
    ['R-05', 'interaction_required', 530032, 403, 'access_blocked'],
    ['R-06', 'consent_required', 65001, 403, 'consent_required'],
    ['R-06', 'consent_required', unheardOf, 403, 'consent_required'],
    ['R-07', 'access_denied', 90094, 403, 'admin_consent_required'],
    ['R-07', 'consent_required', 90095, 403, 'admin_consent_required'],
    ['R-22', 'unauthorized_client', 70001, 503, 'configuration_error'],
    ['R-24', 'invalid_request', 90014, 503, 'configuration_error'],
    ['R-24', 'invalid_scope', 70011, 503, 'configuration_error'],
    ['R-24', 'invalid_resource', 500011, 503, 'configuration_error'],
    ['R-24', 'unsupported_response_type', 70007, 503, 'configuration_error'],
    ['R-27', 'temporarily_unavailable', 90033, 503, 'identity_provider_unavailable'],
    ['R-27', 'temporarily_unavailable', unheardOf, 503, 'identity_provider_unavailable'],
    ['R-28', 'server_error', 50000, 503, 'identity_provider_unavailable'],
    ['R-29', 'access_denied', 53011, 403, 'access_blocked'],
    ['R-38', 'the_unexpected', unheardOf, 400, 'login_failed'],
    ['R-38', 'the_unexpected', 50105, 400, 'login_failed'],
    ['R-38', 'the_unexpected', 65001, 400, 'login_failed'],
  ]

  test.for(rows)(
    'N-08 %s: %s (%d) is %d %s',
    async ([_id, error, code, status, becomes], { stack }) => {
      const browser = createHttpBrowser()
      const login = await browser.navigate(stack.url('/auth/login'))
      await stack.admin.fault({ on: 'authorize', error: { code, error } })
      const answer = await createHttpBrowser().send(login.headers['location']!)
      expectErrorPage(await browser.navigate(answer.headers['location']!), status, becomes)
      expect(linesOf(stack, 'bff.login.failed')).toMatchObject([
        {
          code: becomes,
          reason: 'identity_provider_error',
          idpError: error,
          idpErrorCodes: [code],
        },
      ])
      await expectSpent(stack, browser, becomes)
    },
  )

  test('N-08 R-30 a forgotten password is none of our faults', async ({ stack }) => {
    const browser = createHttpBrowser()
    const login = await browser.navigate(stack.url('/auth/login'))
    const { location } = await stack.admin.authorize(login.headers['location']!, {
      fail: 'password_reset',
    })
    expectErrorPage(await browser.navigate(location!), 200, 'password_reset_requested')
    await expectSpent(stack, browser, 'password_reset_requested')
  })

  test.for([
    ['login_required', 50058],
    ['interaction_required', 50076],
    ['consent_required', 65001],
  ] as const)(
    'R-03 a silent sign-in refused with %s comes back to the app',
    async ([error, code], { stack }) => {
      const browser = createHttpBrowser()
      const login = await browser.navigate(stack.url('/auth/login?prompt=none&returnTo=/a%23b'))
      await stack.admin.fault({ on: 'authorize', error: { code, error } })
      const answer = await createHttpBrowser().send(login.headers['location']!)
      const arrival = await browser.navigate(answer.headers['location']!)
      expect(arrival.headers['refresh']).toBe(`0; url=${stack.origin}/a?auth_error=${error}#b`)
      expect(arrival.setCookies).toEqual([])
      await expectSpent(stack, browser, error)
    },
  )
})

describe('the code at the token endpoint', () => {
  type Row = [id: string, error: EntraError, status: number, becomes: string]
  const rows: Row[] = [
    [
      'R-04',
      { code: 50076, error: 'interaction_required', claims: challenge },
      403,
      'interaction_required',
    ],
    [
      'R-04',
      { code: 50079, error: 'invalid_grant', suberror: 'basic_action' },
      403,
      'interaction_required',
    ],
    ['R-05', { code: 53003, error: 'interaction_required' }, 403, 'access_blocked'],
    [
      'R-06',
      { code: 65001, error: 'invalid_grant', suberror: 'consent_required' },
      403,
      'consent_required',
    ],
    ['R-08', { code: 54005, error: 'invalid_grant' }, 400, 'login_expired'],
    ['R-09', { code: 70008, error: 'invalid_grant' }, 400, 'login_expired'],
    ['R-10', { code: 501481, error: 'invalid_grant' }, 400, 'login_failed'],
    ['R-10', { code: 50148, error: 'invalid_grant' }, 400, 'login_failed'],
    ['R-11', { code: 700005, error: 'invalid_grant' }, 503, 'configuration_error'],
    ['R-16', { code: 50057, error: 'invalid_grant' }, 403, 'access_denied'],
    ['R-16', { code: 50020, error: 'invalid_grant' }, 403, 'access_denied'],
    [
      'R-17',
      { code: 50076, error: 'invalid_grant', claims: challenge },
      403,
      'interaction_required',
    ],
    ['R-18', { code: 7000215, error: 'invalid_client', status: 401 }, 503, 'configuration_error'],
    ['R-19', { code: 7000222, error: 'invalid_client', status: 401 }, 503, 'configuration_error'],
    ['R-20', { code: 7000218, error: 'invalid_client', status: 401 }, 503, 'configuration_error'],
    ['R-20', { code: 700025, error: 'invalid_request' }, 503, 'configuration_error'],
    ['R-21', { code: 700027, error: 'invalid_client', status: 401 }, 503, 'configuration_error'],
    ['R-21', { code: 700211, error: 'invalid_request' }, 503, 'configuration_error'],
    ['R-22', { code: 700016, error: 'unauthorized_client' }, 503, 'configuration_error'],
    ['R-23', { code: 9002327, error: 'invalid_request' }, 503, 'configuration_error'],
    ['R-24', { code: 28002, error: 'invalid_scope' }, 503, 'configuration_error'],
    ['R-24', { code: 901002, error: 'invalid_target' }, 503, 'configuration_error'],
    [
      'R-26',
      { code: 90055, error: 'temporarily_unavailable' },
      503,
      'identity_provider_unavailable',
    ],
    ['R-26', { code: 50196, error: 'invalid_grant' }, 503, 'identity_provider_unavailable'],
    ['R-27', { code: 90033, error: 'server_error' }, 503, 'identity_provider_unavailable'],
    ['R-29', { code: 50053, error: 'invalid_grant' }, 403, 'access_blocked'],
    ['R-38', { code: unheardOf, error: 'the_unexpected' }, 400, 'login_failed'],
    ['R-38', { code: 7000215, error: 'the_unexpected' }, 400, 'login_failed'],
    ['R-38', { code: unheardOf, error: 'invalid_grant' }, 400, 'login_expired'],
  ]

  test.for(rows)('N-01 N-08 %s: %j is %d %s', async ([_id, error, status, becomes], { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault({ on: 'token', grantType: 'authorization_code', error })
    expectErrorPage(await browser.navigate(callbackUrl), status, becomes)
    expect(linesOf(stack, 'bff.login.failed')).toMatchObject([
      { code: becomes, reason: 'identity_provider_error', idpErrorCodes: [error.code] },
    ])
    await expectSpent(stack, browser, becomes)
  })

  test.for(Object.entries(outages))(
    'D-14 R-26 R-27 %s is asked once, 503',
    async ([name, fault], { stack }) => {
      const browser = createHttpBrowser()
      const { callbackUrl } = await startSignIn(stack, browser)
      await stack.admin.fault({ on: 'token', ...fault })
      const page = await browser.navigate(callbackUrl)
      expectErrorPage(page, 503, 'identity_provider_unavailable')
      expect(page.headers['retry-after']).toBe(outageWaits[name] ?? '5')
      expect(await stack.admin.requests({ kind: 'token' })).toHaveLength(1)
      await expectSpent(stack, browser, 'identity_provider_unavailable')
    },
  )

  test.for([
    'wrong_nonce',
    'wrong_issuer',
    'wrong_audience',
    'expired_id_token',
    'alg_none',
    'alg_hs256',
    'wrong_signature',
    'no_id_token',
    'no_access_token',
    'token_type_wrong',
  ])('R-31 %s is 400 login_failed', async (preset, { stack }) => {
    const browser = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, browser)
    await stack.admin.fault(preset)
    expectErrorPage(await browser.navigate(callbackUrl), 400, 'login_failed')
    await expectSpent(stack, browser, 'login_failed')
  })
})

/** The login is spent with its failure, and there is no session, nor a cookie of one. */
async function expectSpent(stack: Stack, browser: HttpBrowser, failure: string): Promise<void> {
  expect(await lastLogin(stack)).toMatchObject({
    failure,
    sealed: expect.stringMatching(/^[\w-]{22}\.[\w-]{40,200}$/),
    usedBy: expect.stringMatching(/^[\w-]{22}\.[\w-]{0,43}$/),
  })
  expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  expect(browser.cookies.has('session')).toBe(false)
}
