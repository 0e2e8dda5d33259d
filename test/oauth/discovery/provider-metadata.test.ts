import { expect, test } from 'vitest'
import { readProviderMetadata } from '../../../src/oauth/discovery/provider-metadata.ts'
import { otherTenantId, tenantId } from '../test-provider.ts'

const entra = 'https://login.microsoftonline.com'

function documentOf(issuer: string, base: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
  }
}

const authority = (host: string, tenant: string) => ({ host: new URL(host), tenant })
const good = documentOf(`${entra}/${tenantId}/v2.0`, `${entra}/${tenantId}`)

const styles: [string, string, string, string, string][] = [
  ['one tenant', entra, tenantId, `${entra}/${tenantId}/v2.0`, `${entra}/${tenantId}`],
  ['a domain', entra, 'contoso.com', `${entra}/${tenantId}/v2.0`, `${entra}/${tenantId}`],
  [
    'a tenant in capitals',
    entra,
    tenantId.toUpperCase(),
    `${entra}/${tenantId}/v2.0`,
    `${entra}/x`,
  ],
  ['organizations', entra, 'organizations', `${entra}/{tenantid}/v2.0`, `${entra}/organizations`],
  ['common', entra, 'common', `${entra}/{tenantid}/v2.0`, `${entra}/common`],
  [
    'the older name of the host',
    'https://login.windows.net',
    tenantId,
    `${entra}/${tenantId}/v2.0`,
    `${entra}/${tenantId}`,
  ],
  [
    'US Government',
    'https://login.microsoftonline.us',
    tenantId,
    `https://login.microsoftonline.us/${tenantId}/v2.0`,
    `https://login.microsoftonline.us/${tenantId}`,
  ],
  [
    'China',
    'https://login.partner.microsoftonline.cn',
    tenantId,
    `https://login.partner.microsoftonline.cn/${tenantId}/v2.0`,
    `https://login.partner.microsoftonline.cn/${tenantId}`,
  ],
  [
    'External ID',
    'https://contoso.ciamlogin.com',
    tenantId,
    `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    `https://contoso.ciamlogin.com/${tenantId}`,
  ],
  [
    'External ID under a domain of its own',
    'https://login.contoso.com',
    tenantId,
    `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`,
    `https://login.contoso.com/${tenantId}`,
  ],
  [
    'an emulator on this machine',
    'http://127.0.0.1:7072',
    tenantId,
    `http://127.0.0.1:7072/${tenantId}/v2.0`,
    `http://127.0.0.1:7072/${tenantId}`,
  ],
]

test.each(styles)(
  'N-10 A-15 the metadata of %s is accepted',
  (_name, host, tenant, issuer, base) => {
    const metadata = readProviderMetadata(documentOf(issuer, base), authority(host, tenant))
    expect(metadata).toMatchObject({ issuer, sendsIssuer: false })
  },
)

const wrongIssuers: [string, string, unknown][] = [
  ['none', tenantId, undefined],
  ['a list', tenantId, [`${entra}/${tenantId}/v2.0`]],
  ['another host', tenantId, `https://attacker.test/${tenantId}/v2.0`],
  ['a host that only begins alike', tenantId, `${entra}.evil/${tenantId}/v2.0`],
  ['a host in front of an @', tenantId, `${entra}@evil.test/${tenantId}/v2.0`],
  ['another tenant', tenantId, `${entra}/${otherTenantId}/v2.0`],
  ['every tenant where one is set', tenantId, `${entra}/{tenantid}/v2.0`],
  ['one tenant where all are set', 'organizations', `${entra}/${tenantId}/v2.0`],
  ['a domain', 'contoso.com', `${entra}/contoso.com/v2.0`],
  ['v1', tenantId, `https://sts.windows.net/${tenantId}/`],
  ['a trailing slash', tenantId, `${entra}/${tenantId}/v2.0/`],
  ['a query', tenantId, `${entra}/${tenantId}/v2.0?x`],
  ['plain http', tenantId, `http://login.microsoftonline.com/${tenantId}/v2.0`],
  ['External ID from Entra', tenantId, `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`],
]

test.each(wrongIssuers)(
  'A-15 (oidcc-client-test-discovery-issuer-mismatch) an issuer is refused: %s',
  (_name, tenant, issuer) => {
    expect(readProviderMetadata({ ...good, issuer }, authority(entra, tenant))).toBeTypeOf('string')
  },
)

const names = ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint']
const wrongEndpoints = names.flatMap((name): [string, unknown][] => [
  [name, `http://login.microsoftonline.com/${tenantId}/x`],
  [name, 'https://attacker.test/x'],
  [name, 'https://login.microsoftonline.com.evil/x'],
  [name, 'https://login.microsoftonline.com:8443/x'],
  [name, 'https://user:password@login.microsoftonline.com/x'],
  [name, `${entra}/x#fragment`],
  [name, 'https://contoso.ciamlogin.com/x'],
  [name, 'javascript:alert(1)'],
  [name, '/relative'],
  [name, null],
  [name, 7],
])

test.each(wrongEndpoints)('A-15 %s is refused at %s', (name, value) => {
  const problem = readProviderMetadata({ ...good, [name]: value }, authority(entra, tenantId))
  expect(problem).toContain(`"${name}"`)
  if (typeof value === 'string') expect(problem).not.toContain(value)
})

test('A-15 only the end of a session may be missing', () => {
  const { end_session_endpoint: _, ...without } = good
  expect(readProviderMetadata(without, authority(entra, tenantId))).toMatchObject({
    endSessionEndpoint: undefined,
  })
  for (const name of names.slice(0, 3))
    expect(
      readProviderMetadata({ ...good, [name]: undefined }, authority(entra, tenantId)),
    ).toBeTypeOf('string')
})

test('plain http on this machine is refused where the authority is elsewhere', () => {
  const document = { ...good, token_endpoint: 'http://127.0.0.1:7072/token' }
  expect(readProviderMetadata(document, authority(entra, tenantId))).toBeTypeOf('string')
})

test('N-11 a query of the keys is honoured', () => {
  const jwks_uri = `${entra}/${tenantId}/discovery/v2.0/keys?appid=1`
  const metadata = readProviderMetadata({ ...good, jwks_uri }, authority(entra, tenantId))
  expect(metadata).toMatchObject({ jwksUri: new URL(jwks_uri) })
})
