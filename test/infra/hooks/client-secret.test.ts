import { SecretClient } from '@azure/keyvault-secrets'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type KeyVaultEmulator, startKeyVaultEmulator } from '../../../dev/key-vault/emulator.ts'
import { listenOnLoopback } from '../../../dev/loopback-server.ts'
import { type ClientSecretOptions, ensureClientSecret } from '../../../scripts/azd/client-secret.ts'
import { createGraph } from '../../../scripts/azd/graph.ts'
import { type FakeGraph, startFakeGraph } from './fake-graph.ts'
import { keepTags } from './keep-tags.ts'

const name = 'entra-client-secret'
const clientId = '33333333-3333-4333-8333-333333333333'
const now = new Date('2026-11-25T12:00:00Z')
const inDays = (days: number): Date => new Date(now.getTime() + days * 24 * 60 * 60 * 1000)

let graph: FakeGraph
let vault: KeyVaultEmulator
let lines: string[]
let waits: number[]

beforeEach(async () => {
  graph = await startFakeGraph()
  vault = await startKeyVaultEmulator({ tenantId: 'tenant', authority: graph.url })
  // What Bicep leaves there: a disabled version, so that a role can be assigned on the secret.
  vault.setSecret(name, 'none-yet', { enabled: false, createdAt: inDays(-400) })
  lines = []
  waits = []
})

afterEach(async () => {
  await graph.stop()
  await vault.stop()
})

const tags = keepTags()

const credential = {
  getToken: () => Promise.resolve({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }),
}

/** The real client; it tries a broken vault once more, without the pauses of minutes. */
const client = (url = vault.url): SecretClient =>
  new SecretClient(url, credential, {
    allowInsecureConnection: true,
    disableChallengeResourceVerification: true,
    retryOptions: { maxRetries: 1, retryDelayInMs: 1 },
    additionalPolicies: [{ policy: tags, position: 'perCall' }],
  })

function run(changes: Partial<ClientSecretOptions> = {}): Promise<void> {
  const wait = (seconds: number): Promise<void> => {
    waits.push(seconds)
    // The role becomes known, the vault heals, while the hook waits.
    vault.setFault(undefined)
    return Promise.resolve()
  }
  const token = (): Promise<string> => Promise.resolve('token')
  return ensureClientSecret({
    graph: createGraph({ url: graph.url, token, wait }),
    vault: client(),
    clientId,
    secretName: name,
    displayName: 'entra-bff (dev)',
    now,
    wait,
    log: (line) => lines.push(line),
    ...changes,
  })
}

const application = () => graph.applications[0]!

test('the first secret goes from Graph into the vault, with the same end', async () => {
  await run()

  const stored = await client().getSecret(name)
  expect(stored.value).toBe(graph.secrets[0])
  expect(stored.properties.expiresOn).toEqual(inDays(180))
  expect(application().passwords).toMatchObject([
    { displayName: 'entra-bff (dev)', endDateTime: inDays(180).toISOString() },
  ])
})

test('a secret that lives long enough is left alone, and its value is not read', async () => {
  vault.setSecret(name, 'present', { expires: inDays(61) })
  vault.resetCalls()
  await run()

  expect(graph.secrets).toEqual([])
  expect(vault.calls('getSecret')).toBe(0)
  expect(vault.calls('setSecret')).toBe(0)
})

test('a secret that it made is known again', async () => {
  await run({ now: inDays(-1) })
  await run()

  expect(graph.secrets).toHaveLength(1)
})

test('a secret in its last sixty days is renewed, and the old one stays valid', async () => {
  await run({ now: inDays(-121) })
  await run()

  expect((await client().getSecret(name)).value).toBe(graph.secrets[1])
  expect(application().passwords.map(({ endDateTime }) => endDateTime)).toEqual([
    inDays(59).toISOString(),
    inDays(180).toISOString(),
  ])
})

test('a pipeline that runs twice a month renews before Key Vault announces the end', async () => {
  const announced = 30
  const longestPause = 17
  await run({ now: inDays(announced + longestPause - 180) })
  await run()

  expect(graph.secrets).toHaveLength(2)
})

test('a secret is renewed at once when somebody asks for it', async () => {
  vault.setSecret(name, 'leaked', { expires: inDays(170), createdAt: inDays(-10) })
  await run({ renew: true })

  expect((await client().getSecret(name)).value).toBe(graph.secrets[0])
})

test('expired secrets of its own are removed, those of others are not', async () => {
  const old = { displayName: 'entra-bff (dev)', endDateTime: inDays(-1).toISOString() }
  application().passwords = [
    { keyId: 'ours', ...old },
    { keyId: 'theirs', ...old, displayName: 'by hand' },
  ]
  await run()

  expect(application().passwords.map(({ displayName }) => displayName)).toEqual([
    'by hand',
    'entra-bff (dev)',
  ])
})

test('a secret without an end was put there by hand and stays', async () => {
  vault.setSecret(name, 'by hand')
  await run()

  expect(graph.secrets).toEqual([])
  expect(lines).toEqual([
    `${name} has no date of expiry: it was put there by hand and is left alone`,
  ])
})

test('a secret of another registration counts as none, however long it lives', async () => {
  await run({ now: inDays(-1) })
  const other = '55555555-5555-4555-8555-555555555555'
  graph.applications.push({ ...application(), id: 'other', appId: other, passwords: [] })
  await run({ clientId: other })

  expect(graph.secrets).toHaveLength(2)
  expect((await client().getSecret(name)).value).toBe(graph.secrets[1])
  expect(lines).toContain(`${name} is that of another app registration`)
})

test('without a right in the directory a secret of another registration helps nobody', async () => {
  await run({ now: inDays(-1) })
  graph.failures.push({ status: 403, code: 'Authorization_RequestDenied' })
  const other = '55555555-5555-4555-8555-555555555555'

  await expect(run({ clientId: other })).rejects.toThrow('403 Authorization_RequestDenied')
})

test('waits while the role on the vault is not yet known everywhere', async () => {
  vault.setFault({ kind: 'forbidden' })
  await run()

  expect(waits).toEqual([15])
  expect((await client().getSecret(name)).value).toBe(graph.secrets[0])
})

test('makes no secret when the vault is closed to this machine, and says what to do', async () => {
  const closed = await listenOnLoopback((request, response) => {
    const challenge = `Bearer authorization="${graph.url}/tenant", resource="https://vault.azure.net"`
    const isKnown = request.headers.authorization !== undefined
    response.writeHead(isKnown ? 403 : 401, {
      'content-type': 'application/json',
      ...(isKnown ? {} : { 'www-authenticate': challenge }),
    })
    const innererror = { code: 'ForbiddenByConnection' }
    const message = 'Public network access is disabled and request is not from a trusted service'
    response.end(JSON.stringify({ error: { code: 'Forbidden', message, innererror } }))
  })
  try {
    await expect(run({ vault: client(closed.origin) })).rejects.toThrow(/privateNetworking/)
    expect(graph.secrets).toEqual([])
    expect(waits).toEqual([])
  } finally {
    await closed.stop()
  }
})

test('takes back a secret that the vault did not take', async () => {
  vault.setFault({ kind: 'down', operation: 'setSecret' })
  await expect(run()).rejects.toThrow(/unavailable/)

  expect(graph.secrets).toHaveLength(1)
  expect(application().passwords).toEqual([])
})

test('a registration that the directory does not show yet, and throttling, are waited for', async () => {
  graph.failures.push(
    { status: 404, code: 'Request_ResourceNotFound' },
    { status: 429, code: 'TooManyRequests', retryAfter: 7 },
  )
  await run()

  expect(waits).toEqual([2, 7])
  expect(graph.secrets).toHaveLength(1)
})

test('without a right in the directory the deployment fails when there is no secret', async () => {
  graph.failures.push({ status: 403, code: 'Authorization_RequestDenied' })

  await expect(run()).rejects.toThrow('Microsoft Graph answered 403 Authorization_RequestDenied')
})

test('without a right in the directory a valid secret keeps the deployment going', async () => {
  vault.setSecret(name, 'present', { expires: inDays(10) })
  graph.failures.push({ status: 403, code: 'Authorization_RequestDenied' })
  await run()

  expect(lines).toEqual([
    `${name} could not be renewed and is valid until 2026-12-05 only: GraphError: Microsoft Graph answered 403 Authorization_RequestDenied`,
  ])
})

test('the lifetime is a setting, and a short one is renewed at half of it', async () => {
  await run({ now: inDays(-29), lifetimeDays: 60 })
  expect((await client().getSecret(name)).properties.expiresOn).toEqual(inDays(31))
  await run({ lifetimeDays: 60 })
  expect(graph.secrets).toHaveLength(1)

  await run({ now: inDays(2), lifetimeDays: 60 })
  expect(graph.secrets).toHaveLength(2)
})

test.each([
  ['CredentialTypeNotAllowedAsPerAppPolicy', /forbids client secrets.*CLIENT_CREDENTIAL federated/],
  ['CredentialInvalidLifetimeAsPerAppPolicy', /CLIENT_SECRET_DAYS.*CLIENT_CREDENTIAL federated/],
])('a policy of the tenant is told apart from a missing right: %s', async (code, hint) => {
  graph.failures.push({ status: 400, code })

  await expect(run()).rejects.toThrow(hint)
  expect(graph.secrets).toEqual([])
})

test('no line that is printed holds a secret', async () => {
  await run({ now: inDays(-170) })
  await run()

  expect(graph.secrets).toHaveLength(2)
  for (const secret of graph.secrets) expect(lines.join('\n')).not.toContain(secret)
})
