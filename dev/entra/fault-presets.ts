import type { Fault } from './faults.ts'

/** A fault with a name: a button on the emulator's page and `{"preset": …}` for tests. */
export interface FaultPreset {
  group: string
  label: string
  /** `now` in seconds since 1970. */
  create: (now: number) => Fault
}

/** Every named fault. Each strikes once unless a count is given with it. */
export const faultPresets: Readonly<Record<string, FaultPreset>> = {
  refresh_revoked: preset('Refresh: revoked (50173)', refreshError(50173)),
  refresh_expired: preset('Refresh: expired (700082)', refreshError(700082)),
  refresh_mfa: preset('Refresh: MFA needed (50076, claims)', {
    ...refreshError(50076),
    error: {
      code: 50076,
      suberror: 'basic_action',
      claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
    },
  }),
  refresh_consent: preset('Refresh: consent needed (65001)', {
    ...refreshError(65001),
    error: { code: 65001, error: 'invalid_grant', suberror: 'consent_required' },
  }),
  refresh_conditional_access: preset('Refresh: Conditional Access (53003)', {
    ...refreshError(53003),
    error: { code: 53003, error: 'interaction_required', suberror: 'message_only' },
  }),
  invalid_client: preset('Token: wrong secret (7000215)', tokenError(7000215)),
  unavailable: preset('Token: 503', {
    on: 'token',
    times: 1,
    answer: {
      status: 503,
      headers: { 'retry-after': '7' },
      body: '{"error":"temporarily_unavailable","error_description":"AADSTS90033: A transient error has occurred. Please try again.","error_codes":[90033]}',
    },
  }),
  throttled: preset('Token: 429', {
    on: 'token',
    times: 1,
    answer: {
      status: 429,
      headers: { 'retry-after': '11' },
      body: '{"error":"temporarily_unavailable","error_description":"AADSTS90055: The server is temporarily too busy.","error_codes":[90055]}',
    },
  }),
  slow: preset('Token: slow by 5 s', { on: 'token', times: 1, delayMs: 5000 }),
  hang: preset('Token: no answer', { on: 'token', times: 1, hang: true }),
  drop: preset('Token: connection dropped', { on: 'token', times: 1, drop: 'before' }),
  answer_lost: preset('Token: done, answer lost', { on: 'token', times: 1, drop: 'after' }),
  not_json: preset('Token: HTML body', {
    on: 'token',
    times: 1,
    answer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>Hello</h1>' },
  }),
  broken_json: preset('Token: broken JSON', {
    on: 'token',
    times: 1,
    answer: { status: 200, body: '{"token_type":"Bearer","access_tok' },
  }),
  huge: preset('Token: body of 2 MB', {
    on: 'token',
    times: 1,
    answer: { status: 200, body: ' ', repeat: 2_000_000 },
  }),
  redirect: preset('Token: redirection', {
    on: 'token',
    times: 1,
    answer: { status: 307, headers: { location: '/elsewhere' } },
  }),
  no_refresh_token: preset('Token: no refresh token', remove('refresh_token')),
  no_id_token: preset('Token: no ID token', remove('id_token')),
  no_access_token: preset('Token: no access token', remove('access_token')),
  no_expires_in: preset('Token: no expires_in', remove('expires_in')),
  token_type_lower: preset('Token: "bearer"', set({ token_type: 'bearer' })),
  token_type_wrong: preset('Token: "mac"', set({ token_type: 'mac' })),
  ...idTokenPresets(),
  discovery_down: preset('Discovery: 503', { on: 'discovery', times: 1, answer: { status: 503 } }),
  discovery_hang: preset('Discovery: no answer', { on: 'discovery', times: 1, hang: true }),
  discovery_garbage: preset('Discovery: garbage', {
    on: 'discovery',
    times: 1,
    answer: { status: 200, body: '<html>' },
  }),
  discovery_wrong_issuer: preset('Discovery: other issuer', {
    on: 'discovery',
    times: 1,
    edit: { set: { issuer: 'https://issuer.attacker.test/v2.0' } },
  }),
  discovery_http: preset('Discovery: http endpoints', {
    on: 'discovery',
    times: 1,
    edit: {
      set: {
        authorization_endpoint: 'http://login.attacker.test/authorize',
        token_endpoint: 'http://login.attacker.test/token',
      },
    },
  }),
  discovery_plain_pkce: preset('Discovery: only plain PKCE', {
    on: 'discovery',
    times: 1,
    edit: { set: { code_challenge_methods_supported: ['plain'] } },
  }),
  jwks_down: preset('JWKS: 503', { on: 'jwks', times: 1, answer: { status: 503 } }),
  jwks_hang: preset('JWKS: no answer', { on: 'jwks', times: 1, hang: true }),
  jwks_empty: preset('JWKS: no keys', { on: 'jwks', times: 1, edit: { set: { keys: [] } } }),
  identity_down: preset('Managed identity: 503', { on: 'msi', times: 1, answer: { status: 503 } }),
}

/** What a waiting fault is called: the preset's title, or where it strikes. */
export function faultTitle(fault: Fault): string {
  const known = Object.values(faultPresets).find(
    ({ create }) => textWithoutTimes(create(0)) === textWithoutTimes(fault),
  )
  return known === undefined ? `A fault of ${fault.on}` : `${known.group}: ${known.label}`
}

function textWithoutTimes(fault: Fault): string {
  const { times: _, ...rest } = fault
  return JSON.stringify(rest)
}

function idTokenPresets(): Record<string, FaultPreset> {
  const claims = (values: Record<string, unknown>): Fault => ({
    on: 'token',
    times: 1,
    idToken: { claims: values },
  })
  const other = 'ffffffff-9999-4999-8999-000000000009'
  return {
    wrong_nonce: preset('ID token: wrong nonce', claims({ nonce: 'wrong' })),
    wrong_issuer: preset('ID token: wrong iss', claims({ iss: 'https://attacker.test/v2.0' })),
    wrong_audience: preset('ID token: wrong aud', claims({ aud: other })),
    wrong_subject: preset('ID token: other sub', claims({ sub: 'somebody-else' })),
    wrong_tenant: preset('ID token: other tid', claims({ tid: other })),
    expired_id_token: {
      group: 'ID token',
      label: 'expired',
      create: (now) => claims({ iat: now - 7500, nbf: now - 7500, exp: now - 3600 }),
    },
    alg_none: preset('ID token: alg none', signature('none')),
    alg_hs256: preset('ID token: HS256', signature('hs256-public-key')),
    unknown_kid: preset('ID token: unknown kid', signature('unknown-kid')),
    missing_kid: preset('ID token: no kid', {
      on: 'token',
      times: 1,
      idToken: { removeHeader: ['kid', 'x5t'] },
    }),
    wrong_signature: preset('ID token: wrong signature', signature('tampered')),
  }
}

function signature(kind: 'none' | 'hs256-public-key' | 'unknown-kid' | 'tampered'): Fault {
  return { on: 'token', times: 1, idToken: { signature: kind } }
}

/** `title` is `<group>: <label>`. */
function preset(title: string, fault: Fault): FaultPreset {
  const [group = '', label = ''] = title.split(': ')
  return { group, label, create: () => structuredClone(fault) }
}

function tokenError(code: number): Fault {
  return { on: 'token', times: 1, error: { code } }
}

function refreshError(code: number): Fault {
  return { ...tokenError(code), grantType: 'refresh_token' }
}

function remove(name: string): Fault {
  return { on: 'token', times: 1, edit: { remove: [name] } }
}

function set(members: Record<string, unknown>): Fault {
  return { on: 'token', times: 1, edit: { set: members } }
}
