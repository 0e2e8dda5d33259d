import { expect, test } from 'vitest'
import { settingDefinitions } from '../../src/settings/schema.ts'
import { readSettings } from '../../src/settings/settings.ts'

const complete = {
  PUBLIC_URL: 'https://app.example.com',
  ENTRA_TENANT_ID: 'c0470050-1111-4111-8111-000000000001',
  ENTRA_CLIENT_ID: 'a9900000-3333-4333-8333-000000000003',
  KEY_VAULT_URL: 'https://bff.vault.azure.net',
  TABLES_ENDPOINT: 'https://bff.table.core.windows.net',
}

function mistakesOf(change: Record<string, string | undefined>): readonly string[] {
  return readSettings({ ...complete, ...change }).mistakes ?? []
}

test('the required settings are enough, and the defaults are those of the table', () => {
  const { settings } = readSettings(complete)
  expect(settings).toMatchObject({
    origins: ['https://app.example.com'],
    plainHttp: false,
    sessionIdleSeconds: 3600,
    sessionAbsoluteSeconds: 43_200,
    loginTtlSeconds: 600,
    refreshCooldownSeconds: 30,
    sessionSameSite: 'Strict',
    rateLimitPerMinute: 300,
    forwardedHops: 1,
    client: {
      redirectUri: 'https://app.example.com/auth/callback',
      postLogoutRedirectUri: 'https://app.example.com/auth/logout/callback',
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      credential: 'secret',
    },
  })
})

test('every mistake is named at once, by setting and rule and never by value (J-06)', () => {
  const { mistakes } = readSettings({
    PUBLIC_URL: 'https://app.example.com/path?secret-value',
    SESSION_IDLE_MINUTES: '0',
    FORWARDED_HOPS: 'secret-value',
  })
  expect(mistakes).toEqual([
    'PUBLIC_URL must be an origin without a path: https, or http on loopback',
    'ENTRA_TENANT_ID is missing',
    'ENTRA_CLIENT_ID is missing',
    'TABLES_ENDPOINT is missing',
    'SESSION_IDLE_MINUTES must be a whole number from 1 to 1440',
    'FORWARDED_HOPS must be a whole number from 1 to 10',
  ])
  expect(mistakes!.join()).not.toContain('secret-value')
})

test('an empty text counts as absent, as a deployment template gives it', () => {
  expect(mistakesOf({ ERROR_URL: '', ENTRA_ALLOWED_TENANTS: '' })).toEqual([])
  expect(mistakesOf({ PUBLIC_URL: '' })).toEqual(['PUBLIC_URL is missing'])
})

test.each([
  ['http://app.example.com'],
  ['https://app.example.com/app'],
  ['https://user@app.example.com'],
  ['app.example.com'],
  ['ftp://localhost'],
  ['http://127.0.0.1.evil.example'],
  ['http://127.1.example'],
])('refuses the public URL %s (J-06, N-14)', (url) => {
  expect(mistakesOf({ PUBLIC_URL: url }).join()).toContain('PUBLIC_URL must be an origin')
})

test.each([['http://localhost:7071'], ['http://127.0.0.1:7071'], ['http://[::1]:7071']])(
  'plain http is accepted on loopback: %s',
  (url) => {
    const { settings } = readSettings({ ...complete, PUBLIC_URL: url })
    expect(settings?.plainHttp).toBe(true)
  },
)

test.each(['WEBSITE_INSTANCE_ID', 'WEBSITE_POD_NAME', 'CONTAINER_NAME', 'WEBSITE_SKU'])(
  'on Azure, told by %s, no setting may name a loopback address',
  (variable) => {
    const mistakes = mistakesOf({
      [variable]: 'abc',
      PUBLIC_URL: 'http://localhost:7071',
      ENTRA_AUTHORITY_HOST: 'http://127.0.0.1:7072',
      KEY_VAULT_URL: 'http://127.0.0.1:7074',
      TABLES_ENDPOINT: 'UseDevelopmentStorage=true',
      UPSTREAMS: '{"demo":{"url":"http://127.0.0.1:7073","scopes":["x"]}}',
    })
    expect(mistakes.map((mistake) => mistake.split(' ')[0])).toEqual([
      'PUBLIC_URL',
      'ENTRA_AUTHORITY_HOST',
      'KEY_VAULT_URL',
      'UPSTREAMS',
      'TABLES_ENDPOINT',
    ])
  },
)

test.each([
  ['https://app.co.uk', 'https://evil.co.uk', false],
  ['https://app.com.au', 'https://evil.com.au', false],
  ['https://co.uk', 'https://app.co.uk', false],
  ['https://app.contoso.co.uk', 'https://www.contoso.co.uk', true],
  ['https://contoso.co.uk', 'https://www.contoso.co.uk', true],
  ['https://app.bmw.de', 'https://www.bmw.de', true],
  ['https://app.azurewebsites.net', 'https://evil.azurewebsites.net', false],
])('%s and %s are of the same site: %s (F-10)', (publicUrl, origin, accepted) => {
  const { settings } = readSettings({ ...complete, PUBLIC_URL: publicUrl, ALLOWED_ORIGINS: origin })
  expect(settings !== undefined).toBe(accepted)
})

test.each([
  ['https://spa.example.com', true],
  ['https://example.com', true],
  ['https://app.example.org', false],
  ['http://localhost:3000', false],
  ['https://other.azurewebsites.net', false],
])('ALLOWED_ORIGINS takes %s of the same site only: %s (F-10)', (origin, accepted) => {
  expect(mistakesOf({ ALLOWED_ORIGINS: origin }).length === 0).toBe(accepted)
})

test('two default hosts of Azure are never one site (F-10)', () => {
  expect(
    mistakesOf({
      PUBLIC_URL: 'https://bff.azurewebsites.net',
      ALLOWED_ORIGINS: 'https://spa.azurewebsites.net',
    }),
  ).toEqual(['ALLOWED_ORIGINS must be of the same site as PUBLIC_URL'])
})

test('many tenants need to be said out loud', () => {
  expect(mistakesOf({ ENTRA_TENANT_ID: 'organizations' })).toEqual([
    'ENTRA_ALLOWED_TENANTS is missing: ENTRA_TENANT_ID lets every tenant in',
  ])
  expect(mistakesOf({ ENTRA_TENANT_ID: 'common', ENTRA_ALLOWED_TENANTS: '*' })).toEqual([])
  expect(mistakesOf({ ENTRA_ALLOWED_TENANTS: ',' })).toHaveLength(1)
  expect(mistakesOf({ ENTRA_ALLOWED_TENANTS: 'contoso.com' })).toEqual([
    'ENTRA_ALLOWED_TENANTS must be GUIDs, comma-separated, or "*"',
  ])
})

test.each([
  [{ KEY_VAULT_URL: undefined }, 2],
  [{ KEY_VAULT_URL: undefined, SESSION_KEY: 'A'.repeat(43) }, 1],
  [{ KEY_VAULT_URL: undefined, SESSION_KEY: 'A'.repeat(43), ENTRA_CLIENT_SECRET: 'x' }, 0],
  [{ KEY_VAULT_URL: undefined, SESSION_KEY: 'A'.repeat(43), CLIENT_CREDENTIAL: 'federated' }, 0],
  [{ KEY_VAULT_URL: undefined, SESSION_KEY: 'A'.repeat(43), CLIENT_CREDENTIAL: 'certificate' }, 1],
])('a vault is needed for what no plain setting gives: %j', (change, count) => {
  expect(mistakesOf(change)).toHaveLength(count)
})

test.each([['short'], ['A'.repeat(42)], [`${'A'.repeat(43)},short`], ['not base64!'.repeat(5)]])(
  'refuses the session key %s (J-06)',
  (key) => {
    expect(mistakesOf({ SESSION_KEY: key })).toEqual([
      'SESSION_KEY must be base64 or base64url of at least 32 bytes',
    ])
  },
)

test.each(['sid', 'uti', 'rh', 'aio', 'nonce', 'login_hint', 'at_hash', 'c_hash'])(
  'USER_CLAIMS refuses %s (H-09, E-10)',
  (claim) => {
    expect(mistakesOf({ USER_CLAIMS: `country,${claim}` })).toHaveLength(1)
  },
)

test.each([
  ['{"Graph":{"url":"https://x.example","scopes":["a"]}}'],
  ['{"graph":{"url":"http://x.example","scopes":["a"]}}'],
  ['{"graph":{"url":"https://u:p@x.example","scopes":["a"]}}'],
  ['{"graph":{"url":"https://x.example?q=1","scopes":["a"]}}'],
  ['{"graph":{"url":"https://169.254.169.254/metadata","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[fe80::1]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[::ffff:169.254.169.254]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[::ffff:a9fe:a9fe]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[::169.254.169.254]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[64:ff9b::169.254.169.254]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://[fd00:ec2::254]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://168.63.129.16/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://2852039166/","scopes":["a"]}}'],
  ['{"graph":{"url":"http://[::ffff:10.0.0.1]/","scopes":["a"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"requestHeaders":["Cookie"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"requestHeaders":["authorization"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"requestHeaders":["X-Forwarded-Host"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"requestHeaders":["x_tenant"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"requestHeaders":["x-*"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"responseHeaders":["Set-Cookie"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"responseHeaders":["x-upstream"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"locations":["http://m.example/"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"continuousAccess":"yes"}}'],
  ['{"graph":{"url":"https://x.example","scopes":[]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a b"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"methods":["TRACE"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"paths":["../up"]}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"timeoutSeconds":201}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"maxBodyBytes":52428801}}'],
  ['{"graph":{"url":"https://x.example","scopes":["a"],"hosts":[]}}'],
  ['[]'],
  ['{'],
])('UPSTREAMS refuses %s (G-01, G-19)', (json) => {
  const mistakes = mistakesOf({ UPSTREAMS: json })
  expect(mistakes).toHaveLength(1)
  expect(mistakes[0]).toMatch(/^UPSTREAMS /)
})

test('an upstream has a base with a trailing slash and the documented defaults', () => {
  const { settings } = readSettings({
    ...complete,
    UPSTREAMS: '{"graph":{"url":"https://graph.microsoft.com/v1.0","scopes":["User.Read"]}}',
  })
  expect(settings?.upstreams).toEqual([
    {
      name: 'graph',
      url: new URL('https://graph.microsoft.com/v1.0/'),
      scopes: ['User.Read'],
      methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
      paths: undefined,
      timeoutSeconds: 30,
      maxBodyBytes: 10_485_760,
      continuousAccess: false,
      requestHeaders: [],
      responseHeaders: [],
      locations: [],
    },
  ])
})

test('plain http is for this machine alone, however its address is written', () => {
  for (const host of ['[::ffff:127.0.0.1]', '[::1]', '127.8.8.8', 'localhost'])
    expect(mistakesOf({ UPSTREAMS: `{"x":{"url":"http://${host}/","scopes":["a"]}}` })).toEqual([])
})

test('a proxy of the environment is never gone round in silence', () => {
  const HTTPS_PROXY = 'http://proxy.example:8080'
  const hosts = 'login.microsoftonline.com, .vault.azure.net, table.core.windows.net:443'
  expect(mistakesOf({ HTTPS_PROXY })).toEqual([expect.stringMatching(/^HTTPS_PROXY is set/)])
  expect(mistakesOf({ all_proxy: HTTPS_PROXY })).toEqual([expect.stringMatching(/^all_proxy /)])
  for (const NO_PROXY of ['*', hosts]) expect(mistakesOf({ HTTPS_PROXY, NO_PROXY })).toEqual([])
  const UPSTREAMS = '{"graph":{"url":"https://graph.example","scopes":["a"]}}'
  expect(mistakesOf({ HTTPS_PROXY, NO_PROXY: hosts, UPSTREAMS })).toHaveLength(1)
  expect(mistakesOf({ HTTPS_PROXY: '' })).toEqual([])
})

test('APIs need a refresh token (E-08)', () => {
  const UPSTREAMS = '{"graph":{"url":"https://x.example","scopes":["a"]}}'
  expect(mistakesOf({ UPSTREAMS, ENTRA_SCOPES: 'openid profile' })).toEqual([
    'ENTRA_SCOPES must have offline_access: UPSTREAMS need a refresh token',
  ])
  expect(mistakesOf({ ENTRA_SCOPES: 'openid profile' })).toEqual([])
})

test('several storage accounts, some closed for new rows', () => {
  const { settings } = readSettings({
    ...complete,
    TABLES_ENDPOINT: '-https://a.table.core.windows.net,https://b.table.core.windows.net',
  })
  expect(settings?.tables.map(({ acceptsNew }) => acceptsNew)).toEqual([false, true])
  expect(mistakesOf({ TABLES_ENDPOINT: '-https://a.table.core.windows.net' })).toHaveLength(1)
  expect(mistakesOf({ TABLES_ENDPOINT: 'http://a.table.core.windows.net' })).toHaveLength(1)
})

test.each([
  '//evil.example',
  'https://evil.example/',
  'javascript:alert(1)',
  'relative',
  '/auth/login',
  '/AUTH/logout/callback',
  '/..//evil.example',
])('DEFAULT_RETURN_TO and ERROR_URL refuse %s (I-08)', (reference) => {
  expect(mistakesOf({ DEFAULT_RETURN_TO: reference, ERROR_URL: reference })).toHaveLength(2)
})

test('form_post needs https', () => {
  expect(mistakesOf({ PUBLIC_URL: 'http://localhost:7071', RESPONSE_MODE: 'form_post' })).toEqual([
    'RESPONSE_MODE=form_post needs an https PUBLIC_URL',
  ])
})

test('no setting has a name that the Azure SDKs take for their own', () => {
  const names = Object.keys(settingDefinitions)
  for (const taken of ['AZURE_TENANT_ID', 'AZURE_CLIENT_SECRET', 'AZURE_AUTHORITY_HOST'])
    expect(names).not.toContain(taken)
})
