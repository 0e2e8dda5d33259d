import { describe, expect } from 'vitest'
import { expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import type { HttpBrowser } from '../support/http-browser.ts'
import {
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
  storageFault,
} from '../support/instances.ts'
import { type EntraError, outages, outageWaits } from '../support/provider-outages.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack } from '../support/stack.ts'
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

describe('a refresh', () => {
  type Expected = [
    status: number,
    code: string,
    reason: string | undefined,
    session: 'kept' | 'ended',
  ]
  type Row = [id: string, error: EntraError, ...Expected]
  const rows: Row[] = [
    [
      'R-03',
      { code: 50058, error: 'login_required' },
      401,
      'interaction_required',
      'step_up',
      'kept',
    ],
    [
      'R-04',
      { code: 50076, error: 'interaction_required' },
      401,
      'interaction_required',
      'step_up',
      'kept',
    ],
    [
      'R-04',
      { code: 50079, error: 'invalid_grant', suberror: 'basic_action' },
      401,
      'interaction_required',
      'step_up',
      'kept',
    ],
    [
      'R-04',
      { code: 50076, error: 'invalid_grant', suberror: 'additional_action' },
      401,
      'interaction_required',
      'step_up',
      'kept',
    ],
    [
      'R-04',
      { code: 50076, error: 'invalid_grant', suberror: 'message_only' },
      401,
      'interaction_required',
      'step_up',
      'kept',
    ],
    [
      'R-05',
      { code: 53000, error: 'interaction_required' },
      403,
      'access_denied',
      'conditional_access',
      'kept',
    ],
    [
      'R-05',
      { code: 53003, error: 'interaction_required', suberror: 'message_only' },
      403,
      'access_denied',
      'conditional_access',
      'kept',
    ],
    [
      'R-06',
      { code: 65001, error: 'consent_required' },
      401,
      'interaction_required',
      'consent',
      'kept',
    ],
    [
      'R-06',
      { code: 65001, error: 'invalid_grant', suberror: 'consent_required' },
      401,
      'interaction_required',
      'consent',
      'kept',
    ],
    [
      'R-07',
      { code: 90094, error: 'consent_required' },
      403,
      'access_denied',
      'admin_consent',
      'kept',
    ],
    ['R-12', { code: 700082, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    ['R-13', { code: 700084, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    ['R-14', { code: 50173, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    [
      'R-14',
      { code: 70000, error: 'invalid_grant', suberror: 'bad_token' },
      401,
      'session_expired',
      undefined,
      'ended',
    ],
    ['R-15', { code: 70043, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    [
      'R-15',
      { code: 50078, error: 'invalid_grant', claims: challenge },
      401,
      'interaction_required',
      'claims',
      'kept',
    ],
    ['R-16', { code: 50057, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    ['R-16', { code: 50034, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    [
      'R-17',
      { code: 50076, error: 'invalid_grant', claims: challenge },
      401,
      'interaction_required',
      'claims',
      'kept',
    ],
    [
      'R-17',
      { code: 50173, error: 'invalid_grant', claims: challenge },
      401,
      'interaction_required',
      'claims',
      'kept',
    ],
    [
      'R-17',
      { code: unheardOf, error: 'the_unexpected', claims: challenge },
      401,
      'interaction_required',
      'claims',
      'kept',
    ],
    [
      'R-17',
      { code: 50076, error: 'invalid_grant', claims: 'no JSON' },
      401,
      'interaction_required',
      'claims',
      'kept',
    ],
    [
      'R-18',
      { code: 7000215, error: 'invalid_client', status: 401 },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-19',
      { code: 7000222, error: 'invalid_client', status: 401 },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-20',
      { code: 7000218, error: 'invalid_client', status: 401 },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-21',
      { code: 700027, error: 'invalid_client', status: 401 },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-22',
      { code: 700016, error: 'unauthorized_client' },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-22',
      { code: 7000112, error: 'unauthorized_client' },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-24',
      { code: 900144, error: 'invalid_request' },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-24',
      { code: 70011, error: 'invalid_scope' },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-24',
      { code: 70003, error: 'unsupported_grant_type' },
      503,
      'configuration_error',
      undefined,
      'kept',
    ],
    [
      'R-26',
      { code: 90055, error: 'temporarily_unavailable' },
      503,
      'identity_provider_unavailable',
      undefined,
      'kept',
    ],
    [
      'R-26',
      { code: 50196, error: 'invalid_grant' },
      503,
      'identity_provider_unavailable',
      undefined,
      'kept',
    ],
    [
      'R-27',
      { code: 90033, error: 'server_error' },
      503,
      'identity_provider_unavailable',
      undefined,
      'kept',
    ],
    [
      'R-27',
      { code: unheardOf, error: 'server_error' },
      503,
      'identity_provider_unavailable',
      undefined,
      'kept',
    ],
    ['R-29', { code: 50053, error: 'invalid_grant' }, 401, 'session_expired', undefined, 'ended'],
    [
      'R-29',
      { code: 530034, error: 'interaction_required' },
      401,
      'session_expired',
      undefined,
      'ended',
    ],
    [
      'R-38',
      { code: unheardOf, error: 'the_unexpected' },
      502,
      'identity_provider_error',
      undefined,
      'kept',
    ],
    [
      'R-38',
      { code: 50173, error: 'the_unexpected' },
      502,
      'identity_provider_error',
      undefined,
      'kept',
    ],
    [
      'R-38',
      { code: 700082, error: 'the_unexpected' },
      502,
      'identity_provider_error',
      undefined,
      'kept',
    ],
    [
      'R-38',
      { code: unheardOf, error: 'invalid_grant' },
      401,
      'session_expired',
      undefined,
      'ended',
    ],
  ]

  test.for(rows)(
    'D-06 D-07 D-08 N-08 %s: %j is %d %s (%s), the session %s',
    async ([_id, error, status, code, reason, session], { stack }) => {
      const browser = await signIn(stack)
      await stack.admin.fault({ on: 'token', grantType: 'refresh_token', error })
      const reply = await refreshAt(stack, browser)
      expectProblem(reply, status, code)
      expect(reply.json()['reason']).toBe(reason)
      expect(reply.setCookies).toEqual([])
      expect(reply.text).not.toMatch(/acrs|AADSTS|error_desc/)
      expect('loginUrl' in reply.json()).toBe(status === 401)
      const event =
        code === 'interaction_required'
          ? 'bff.session.step_up_required'
          : 'bff.session.refresh_failed'
      expect(linesOf(stack, event)).toMatchObject([{ code, idpErrorCodes: [error.code] }])
      await (session === 'kept' ? expectKept(stack, browser) : expectEnded(stack, browser))
    },
  )

  test.for(Object.entries(outages))(
    'D-07 D-14 R-26 R-27 %s keeps the session',
    async ([name, fault], { stack }) => {
      const browser = await signIn(stack)
      await stack.admin.fault({ on: 'token', ...fault })
      const reply = await refreshAt(stack, browser)
      expectProblem(reply, 503, 'identity_provider_unavailable')
      expect(reply.headers['retry-after']).toBe(outageWaits[name] ?? '5')
      expect(await refreshRequests(stack)).toHaveLength(1)
      await expectKept(stack, browser)
    },
  )

  test('R-37 storage that fails is 503 storage_unavailable, and the session is kept', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    storageFault(stack, ['GET', 'sessions'], { action: 'status', status: 500 })
    const reply = await refreshAt(stack, browser)
    expectProblem(reply, 503, 'storage_unavailable')
    stack.storage.rules.clear()
    await expectKept(stack, browser)
  })

  test('R-37 a vault that is needed and away is 503 vault_unavailable, and the session is kept', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await stack.restart()
    stack.vault.setFault({ kind: 'down', name: 'entra-client-secret' })
    expectProblem(await refreshAt(stack, browser), 503, 'vault_unavailable')
    stack.vault.setFault(undefined)
    await expectKept(stack, browser)
  })
})

describe('an interaction that is asked for', () => {
  test.for([
    ['interaction_required', undefined],
    ['invalid_grant', 'basic_action'],
  ] as const)(
    'D-08 R-17 %s is replayed once by login?step=, its claims unseen',
    async ([error, suberror], { stack }) => {
      const browser = await signIn(stack)
      await stack.admin.fault({
        on: 'token',
        grantType: 'refresh_token',
        error: { code: 50076, error, claims: challenge, ...(suberror && { suberror }) },
      })
      const { loginUrl } = (await refreshAt(stack, browser)).json<{ loginUrl: string }>()
      expect(loginUrl).toMatch(/\/auth\/login\?step=[\w-]{22}$/)
      const login = await browser.navigate(loginUrl)
      const asked = new URL(login.headers['location']!).searchParams.get('claims')
      expect(JSON.parse(asked!)).toMatchObject(JSON.parse(challenge))
      const again = await browser.navigate(loginUrl)
      expect(new URL(again.headers['location']!).searchParams.get('claims')).toBeNull()
      const { location } = await stack.admin.authorize(login.headers['location']!, {
        user: 'ada@contoso.test',
      })
      expect((await browser.navigate(location!)).status).toBe(200)
      expect((await refreshAt(stack, browser)).status).toBe(200)
      expect(await countRows(stack)).toMatchObject({ sessions: 1 })
    },
  )
})

/** The same session refreshes once the fault is over. */
async function expectKept(stack: Stack, browser: HttpBrowser): Promise<void> {
  expect(await isSignedIn(stack, browser)).toBe(true)
  await stack.advance(121)
  const reply = await refreshAt(stack, browser)
  expect([reply.status, reply.text]).toMatchObject([200, expect.stringContaining('true')])
  expect(linesOf(stack, 'bff.session.ended')).toEqual([])
}

async function expectEnded(stack: Stack, browser: HttpBrowser): Promise<void> {
  expect(await isSignedIn(stack, browser)).toBe(false)
  expect(await countRows(stack)).toMatchObject({ sessions: 0, sessionIndex: 0 })
  expect(linesOf(stack, 'bff.session.ended')).toMatchObject([{ reason: 'invalid_grant' }])
}
