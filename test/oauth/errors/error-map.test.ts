import { expect, test } from 'vitest'
import type { SignInErrorCode } from '../../../src/base/errors.ts'
import {
  isCredentialRefused,
  refreshOutcomeOf,
  signInErrorOf,
} from '../../../src/oauth/errors/error-map.ts'
import type { ProviderError } from '../../../src/oauth/errors/provider-error.ts'

type Signal = Partial<ProviderError> & Pick<ProviderError, 'error'>

const given = (signal: Signal): ProviderError => ({ codes: [], ...signal })
const each = (error: string, codes: string, more: Partial<Signal> = {}): Signal[] =>
  codes.split(' ').map((code) => ({ error, codes: [code], ...more }))

const challenge = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

const signIn: [ids: string, SignInErrorCode, Signal[]][] = [
  [
    'R-01',
    'login_cancelled',
    [{ error: 'access_denied', subcode: 'cancel' }, ...each('access_denied', '65004 B2C90091')],
  ],
  ['R-02', 'access_denied', [{ error: 'access_denied' }, ...each('access_denied', '50105')]],
  [
    'R-03',
    'login_required',
    [{ error: 'login_required' }, ...each('login_required', '50058 B2C90077')],
  ],
  [
    'R-04',
    'interaction_required',
    [
      { error: 'interaction_required' },
      ...each('interaction_required', '50076 50079 50074 50072 50078 16000 50097 50158 65001'),
      { error: 'invalid_grant', suberror: 'basic_action' },
      { error: 'invalid_grant', suberror: 'additional_action' },
      { error: 'invalid_grant', suberror: 'message_only' },
    ],
  ],
  [
    'R-05',
    'access_blocked',
    [
      ...each('interaction_required', '53000 53001 53002 53003 530032 530035', {
        claims: challenge,
      }),
      // Conditional access may also say so in the words of a refusal.
      ...each('access_denied', '53000 53001 53002 53003 530001 530002 530003 530004 530032 530035'),
    ],
  ],
  [
    'R-06',
    'consent_required',
    [
      ...each('consent_required', '65001 65005 650052 650056 650057 90008'),
      ...each('invalid_grant', '65001', { suberror: 'consent_required' }),
    ],
  ],
  [
    'R-07',
    'admin_consent_required',
    [
      ...each('access_denied', '90094 90095 90099'),
      ...each('consent_required', '90094 90095 90099'),
      ...each('invalid_grant', '90094', { suberror: 'consent_required' }),
    ],
  ],
  [
    'R-08 R-09',
    'login_expired',
    [{ error: 'invalid_grant' }, ...each('invalid_grant', '54005 70008 50089')],
  ],
  ['R-10', 'login_failed', each('invalid_grant', '501481 50147 50148 501491 B2C90182 B2C90183')],
  ['R-11', 'configuration_error', each('invalid_grant', '700005')],
  ['R-16', 'access_denied', each('invalid_grant', '50057 50034 50020 51004 50014')],
  ['R-17', 'interaction_required', [{ error: 'invalid_grant', claims: challenge }]],
  [
    'R-18 R-19 R-20 R-21',
    'configuration_error',
    [
      { error: 'invalid_client' },
      ...each('invalid_client', '7000215 70002 7000222 7000218 700025 B2C90081'),
      ...each('invalid_request', '7000218 700025'),
      ...each('invalid_client', '700027 50012 50013 500133 50048 700211 700212 700213 700024'),
      ...each('invalid_grant', '50013 500133'),
    ],
  ],
  [
    'R-22',
    'configuration_error',
    [
      { error: 'unauthorized_client' },
      ...each('unauthorized_client', '700016 70001 7000112 700011'),
    ],
  ],
  ['R-23', 'configuration_error', each('invalid_request', '9002327 9002326')],
  [
    'R-24',
    'configuration_error',
    [
      'invalid_request',
      'invalid_resource',
      'invalid_scope',
      'invalid_target',
      'unsupported_response_type',
      'unsupported_grant_type',
    ].map((error) => ({ error })),
  ],
  [
    'R-26',
    'identity_provider_unavailable',
    [
      { error: 'temporarily_unavailable' },
      ...each('temporarily_unavailable', '90055'),
      ...each('invalid_grant', '50196 50088'),
    ],
  ],
  [
    'R-27',
    'identity_provider_unavailable',
    each('invalid_request', '50033 90006 90012 90024 90033 50087 40010 80014'),
  ],
  [
    'R-28',
    'identity_provider_unavailable',
    [{ error: 'server_error' }, ...each('server_error', '50000 90036')],
  ],
  [
    'R-29',
    'access_blocked',
    [
      ...each('access_denied', '50053 50135 53011 530034'),
      ...each('interaction_required', '50053 53011'),
      ...each('invalid_grant', '50053 50135 53011 530034 50126'),
    ],
  ],
  ['R-30', 'password_reset_requested', each('access_denied', 'B2C90118')],
  [
    'R-38',
    'login_failed',
    ['foo', '__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((error) => ({ error })),
  ],
]

test.each(signIn)('%s at sign-in is %s', (_ids, code, signals) => {
  for (const signal of signals)
    expect([signal, signInErrorOf(given(signal))]).toEqual([signal, code])
})

const refresh: [ids: string, outcome: Record<string, unknown>, Signal[]][] = [
  ['R-02', { kind: 'denied' }, [{ error: 'access_denied' }]],
  ['R-03 D-08', { kind: 'interaction', reason: 'step_up' }, [{ error: 'login_required' }]],
  [
    'R-04',
    { kind: 'interaction', reason: 'step_up' },
    [
      { error: 'interaction_required' },
      ...each('interaction_required', '50076 50079 50074 50078 50097 50158'),
      ...each('invalid_grant', '50076', { suberror: 'basic_action' }),
    ],
  ],
  [
    'R-04 with claims',
    { kind: 'interaction', reason: 'step_up', claims: challenge },
    each('interaction_required', '50076', { claims: challenge }),
  ],
  [
    'R-05',
    { kind: 'denied', reason: 'conditional_access' },
    [
      ...each('interaction_required', '53000 53001 53002 53003 530032 530035'),
      ...each('invalid_grant', '53003', { suberror: 'message_only' }),
    ],
  ],
  [
    'R-06',
    { kind: 'interaction', reason: 'consent' },
    [
      ...each('consent_required', '65001 65005'),
      ...each('invalid_grant', '65001', { suberror: 'consent_required' }),
    ],
  ],
  [
    'R-07',
    { kind: 'denied', reason: 'admin_consent' },
    [...each('consent_required', '90094 90095 90099'), ...each('access_denied', '90094')],
  ],
  [
    'R-12 R-13 R-14 R-15 R-16 D-06',
    { kind: 'ended', reason: 'invalid_grant' },
    [
      { error: 'invalid_grant' },
      ...each('invalid_grant', '700082 70008 B2C90080 700084'),
      ...each('invalid_grant', '50173 50132 50133 70000 50085 B2C90128 B2C90129'),
      ...each('invalid_grant', '70043 50078 53003'),
      ...each('invalid_grant', '50057 50034 50020 51004 50014'),
      ...['bad_token', 'token_expired', 'user_password_expired', 'client_mismatch'].map(
        (suberror) => ({ error: 'invalid_grant', suberror }),
      ),
    ],
  ],
  [
    'R-15 R-17',
    { kind: 'interaction', reason: 'claims', claims: challenge },
    [
      ...each('invalid_grant', '50076 70043 50078', { claims: challenge }),
      { error: 'invalid_grant', suberror: 'basic_action', claims: challenge },
      { error: 'access_denied', claims: challenge },
      { error: 'foo', claims: challenge },
    ],
  ],
  [
    'R-17 with unusable claims',
    { kind: 'interaction', reason: 'claims' },
    [{ error: 'invalid_grant', claims: '' }],
  ],
  [
    'R-18 R-19 R-20 R-21 R-22 R-24',
    { kind: 'failed', code: 'configuration_error' },
    [
      'invalid_client',
      'unauthorized_client',
      'invalid_request',
      'unsupported_grant_type',
      'invalid_resource',
      'invalid_scope',
      'invalid_target',
    ].map((error) => ({ error })),
  ],
  [
    'R-26 R-27 R-28 D-07',
    { kind: 'failed', code: 'identity_provider_unavailable' },
    [
      { error: 'temporarily_unavailable' },
      { error: 'server_error' },
      ...each('invalid_grant', '50196 90033 80014'),
    ],
  ],
  [
    'R-29',
    { kind: 'ended', reason: 'risk' },
    [
      ...each('invalid_grant', '50053 50135 53011 530034'),
      ...each('interaction_required', '53011'),
    ],
  ],
  [
    'R-38',
    { kind: 'failed', code: 'identity_provider_error' },
    [{ error: 'foo' }, { error: '__proto__' }],
  ],
]

test.each(refresh)('%s at a refresh', (_ids, outcome, signals) => {
  for (const signal of signals)
    expect([signal, refreshOutcomeOf(given(signal))]).toMatchObject([signal, outcome])
})

test('N-08 numbers that nobody knows change nothing', () => {
  expect(signInErrorOf(given({ error: 'consent_required', codes: ['999999'] }))).toBe(
    'consent_required',
  )
})

test('D-15 only a refused credential is worth reading it again', () => {
  expect(isCredentialRefused(given({ error: 'invalid_client' }))).toBe(true)
  expect(isCredentialRefused(given({ error: 'invalid_grant', codes: ['500133'] }))).toBe(true)
  expect(isCredentialRefused(given({ error: 'unauthorized_client' }))).toBe(false)
  expect(isCredentialRefused(given({ error: 'invalid_grant' }))).toBe(false)
})

const ended = { kind: 'ended', reason: 'invalid_grant' }
const stepUp = { kind: 'interaction', reason: 'step_up' }
const consent = { kind: 'interaction', reason: 'consent' }
const blocked = { kind: 'denied', reason: 'conditional_access' }
const admin = { kind: 'denied', reason: 'admin_consent' }
const denied = { kind: 'denied' }
const doubtful = { kind: 'doubtful' }
const risk = { kind: 'ended', reason: 'risk' }

/** `invalid_grant` with neither `suberror` nor `claims`: for the sign-in scopes, and for an API's. */
const grants: [codes: string, signIn: object, api: object][] = [
  ['50173 50132 50133 50085 B2C90128 B2C90129', ended, ended],
  ['70000 70008 700081 700082 700084 70043 B2C90080', ended, ended],
  ['65001', ended, consent],
  ['50074 50076 50078 50079 50072 50097 50158 16000', ended, stepUp],
  ['53000 53001 53002 53003 530001 530002 530003 530004 530032 530035', ended, blocked],
  ['65002 90094 90095 90099', ended, admin],
  ['50105', ended, denied],
  ['50057 50034 50020 51004 50014 501481 700005 999999', ended, doubtful],
  ['50053 50135 53011 530034 50126', risk, doubtful],
]

test.each(grants)('invalid_grant %s: a session ends only where the grant is dead', (...row) => {
  const [codes, signIn, api] = row
  for (const signal of each('invalid_grant', codes)) {
    expect([signal, refreshOutcomeOf(given(signal))]).toMatchObject([signal, signIn])
    expect([signal, refreshOutcomeOf(given(signal), true)]).toMatchObject([signal, api])
  }
})

test.each(grants)('invalid_grant %s: suberror and claims decide before numbers do', (codes) => {
  for (const signal of each('invalid_grant', codes))
    for (const forApi of [false, true]) {
      const outcome = (more: Partial<Signal>) =>
        refreshOutcomeOf(given({ ...signal, ...more }), forApi)
      const asked = { kind: 'interaction', reason: 'claims', claims: challenge }
      expect(outcome({ claims: challenge })).toMatchObject(asked)
      for (const suberror of [
        'basic_action',
        'additional_action',
        'message_only',
        'consent_required',
      ])
        expect([suberror, outcome({ suberror }).kind === 'ended' && forApi]).toEqual([
          suberror,
          false,
        ])
      for (const suberror of ['bad_token', 'token_expired'])
        expect([signal, suberror, outcome({ suberror }).kind]).toEqual([signal, suberror, 'ended'])
    }
})

test('what is no invalid_grant means the same for an API', () => {
  for (const [, outcome, signals] of refresh)
    for (const signal of signals.filter(({ error }) => error !== 'invalid_grant'))
      if (outcome['kind'] !== 'ended')
        expect([signal, refreshOutcomeOf(given(signal), true)]).toMatchObject([signal, outcome])
})
