import * as selfsigned from 'selfsigned'
import { describe, expect } from 'vitest'
import { clientSecret, federatedCredentials } from '../../dev/entra/defaults.ts'
import type { EntraSettings } from '../../dev/entra/settings.ts'
import type { LogEntry } from '../../dev/entra/log-entry.ts'
import { expectErrorPage, expectProblem } from '../support/answers.ts'
import { expectClosedLines } from '../support/audit-lines.ts'
import { createHttpBrowser } from '../support/http-browser.ts'
import {
  callAt,
  clearLines,
  isSignedIn,
  linesOf,
  refreshAt,
  refreshRequests,
  refreshTogether,
} from '../support/instances.ts'
import { stackTest } from '../support/stack-test.ts'
import { signIn, type Stack, startSignIn } from '../support/stack.ts'
import { emptyTables } from '../support/table-rows.ts'

const newSecret = 'a+b&c=d%25 ~'

interface Certificate {
  readonly cert: string
  readonly private: string
}

/** How a kind of credential is set up, rotated and taken away. */
interface Kind {
  readonly settings: Readonly<Record<string, string>>
  /** What the provider accepts at first, and after the rotation. */
  readonly accepted: readonly [Partial<EntraSettings>, Partial<EntraSettings>]
  /** Puts the first or the next one where the app reads it. */
  readonly publish: (stack: Stack, index: 0 | 1) => void
  /** Its name in the vault; undefined: it comes from the managed identity. */
  readonly vaultName?: string
  /** Whether each use of it needs its source. */
  readonly usedAtSource?: true
}

const nothing = { clientSecrets: [], certificates: [], federatedCredentials: [] }

const test = stackTest({ instances: 2, settings: { REFRESH_COOLDOWN_SECONDS: '300' } })

let certificates: readonly Certificate[]

test.beforeAll(async () => {
  const generate = () =>
    selfsigned.generate([{ name: 'commonName', value: 'app' }], { keySize: 2048 })
  certificates = await Promise.all([generate(), generate()])
})
test.afterEach(({ stack }) => expectClosedLines(stack, [clientSecret, newSecret]))

function certificateKind(vaultName: string, exportable: boolean): Kind {
  const accept = (index: number) => ({
    get certificates() {
      return [certificates[index]!.cert]
    },
  })
  return {
    settings: { CLIENT_CREDENTIAL: 'certificate', CLIENT_CERTIFICATE_NAME: vaultName },
    accepted: [accept(0), accept(1)],
    vaultName,
    publish: (stack, index) => {
      const { cert, private: privateKey } = certificates[index]!
      stack.vault.setCertificate(vaultName, { certificate: cert, privateKey, exportable })
    },
    ...(!exportable && { usedAtSource: true }),
  }
}

const kinds: Record<string, Kind> = {
  secret: {
    settings: { CLIENT_CREDENTIAL: 'secret', CLIENT_SECRET_NAME: 'rotated-secret' },
    accepted: [
      { clientSecrets: [clientSecret] },
      { clientSecrets: [newSecret], expiredClientSecrets: [clientSecret] },
    ],
    vaultName: 'rotated-secret',
    publish: (stack, index) => {
      stack.vault.setSecret('rotated-secret', [clientSecret, newSecret][index]!)
    },
  },
  federated: {
    settings: { CLIENT_CREDENTIAL: 'federated' },
    accepted: [
      { federatedCredentials },
      { federatedCredentials: [{ ...federatedCredentials[0]!, subject: 'another-identity' }] },
    ],
    // The identity is the same: it is the provider's trust that comes back.
    publish: () => {},
  },
  'certificate, its key in the PEM': certificateKind('certificate-pem', true),
  'certificate, its key in the vault': certificateKind('certificate-vault', false),
}

async function sourceIsAway(stack: Stack, { vaultName }: Kind): Promise<void> {
  if (vaultName !== undefined) stack.vault.setFault({ kind: 'down', name: vaultName })
  else await stack.admin.fault({ on: 'msi', answer: { status: 400, body: '{}' } }, null)
}

function expectOnlyThisCredential(
  stack: Stack,
  { parameters, headers }: LogEntry,
  kind: Kind,
): void {
  const secret = kind.settings['CLIENT_CREDENTIAL'] === 'secret'
  expect('client_secret' in parameters).toBe(secret)
  expect('client_assertion' in parameters).toBe(!secret)
  expect(headers['origin']).toBeUndefined()
  expect(headers['authorization']).toBeUndefined()
  if (secret) return
  expect(parameters['client_assertion']).toMatchObject(
    kind.vaultName === undefined
      ? { claims: { aud: 'api://AzureADTokenExchange' } }
      : {
          header: { alg: 'PS256', 'x5t#S256': expect.stringMatching(/^[\w-]{43}$/) },
          claims: { iss: stack.entra.clientId, sub: stack.entra.clientId },
        },
  )
}

describe.each(Object.entries(kinds))('a credential of the kind %s', (_name, kind) => {
  const awayCode =
    kind.vaultName === undefined ? 'identity_provider_unavailable' : 'vault_unavailable'

  test.beforeAll(async ({ stack }) => {
    await stack.admin.settings({ ...nothing, ...kind.accepted[0] })
    kind.publish(stack, 0)
    await stack.restart(kind.settings)
  })
  test.beforeEach(async ({ stack }) => {
    await emptyTables(stack)
    await stack.admin.clearRequests()
    clearLines(stack)
  })

  test('J-01 D-03 signs in, refreshes and signs out at every instance', async ({ stack }) => {
    for (const instance of [0, 1]) {
      const browser = await signIn(stack, createHttpBrowser(), { instance })
      expect((await refreshAt(stack, browser, 1 - instance)).status).toBe(200)
      expect((await callAt(stack, browser, 'POST /auth/logout', instance)).status).toBe(200)
      expect(await isSignedIn(stack, browser)).toBe(false)
    }
    const requests = await stack.admin.requests({ kind: 'token' })
    expect(requests.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    for (const request of requests) expectOnlyThisCredential(stack, request, kind)
  })

  test('D-04 D-05 thirty refreshes at once against strict rotation: one token request', async ({
    stack,
  }) => {
    await stack.admin.settings({ refreshMode: 'strict' })
    const browser = await signIn(stack)
    for (const burst of [1, 2]) {
      const replies = await refreshTogether(stack, browser, 30)
      expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
      expect(await refreshRequests(stack)).toHaveLength(burst)
      await stack.advance(301)
    }
    expect(await isSignedIn(stack, browser)).toBe(true)
    await stack.admin.settings({ refreshMode: 'entra' })
  })

  test('J-02 D-07 its source goes away: what is kept is used, else 503 and the session is kept', async ({
    stack,
  }) => {
    const browser = await signIn(stack, createHttpBrowser(), { instance: 1 })
    await sourceIsAway(stack, kind)
    const reply = await refreshAt(stack, browser)
    if (kind.usedAtSource) {
      expectProblem(reply, 503, awayCode)
      await stack.advance(11)
      stack.vault.setFault(undefined)
    } else expect(reply.status).toBe(200)
    await stack.advance(301)
    expect((await refreshAt(stack, browser)).status).toBe(200)
  })

  test('J-02 D-07 its source is away from the start: 503, and it heals by itself', async ({
    stack,
  }) => {
    const browser = await signIn(stack)
    await sourceIsAway(stack, kind)
    await stack.hosts[0]!.reload()
    const reply = await refreshAt(stack, browser)
    expectProblem(reply, 503, awayCode)
    expect(reply.setCookies).toEqual([])
    const failed = createHttpBrowser()
    const started = await startSignIn(stack, failed)
    expectErrorPage(await failed.navigate(started.callbackUrl), 503, awayCode)
    stack.vault.setFault(undefined)
    await stack.admin.clearFaults()
    await stack.advance(121)
    expect((await refreshAt(stack, browser)).status).toBe(200)
    await signIn(stack, failed)
  })

  test('D-15 refused and nothing newer: 503, once, and the session is kept', async ({ stack }) => {
    const browser = await signIn(stack)
    await stack.admin.settings({ ...nothing, ...kind.accepted[1] })
    await stack.admin.clearRequests()
    const replies = await refreshTogether(stack, browser, 6)
    for (const reply of replies) expectProblem(reply, 503, 'configuration_error')
    expect(await refreshRequests(stack)).toHaveLength(1)
    expect(await isSignedIn(stack, browser)).toBe(true)
    const failed = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, failed)
    expectErrorPage(await failed.navigate(callbackUrl), 503, 'configuration_error')
    expect(linesOf(stack, 'bff.session.refresh_failed')).toMatchObject([
      { code: 'configuration_error', idpError: 'invalid_client' },
    ])
  })

  test('D-15 J-02 a new one takes over without a restart, in the middle of sign-in and refresh', async ({
    stack,
  }) => {
    await stack.admin.settings({ ...nothing, ...kind.accepted[0] })
    const sessions = [
      await signIn(stack),
      await signIn(stack, createHttpBrowser(), { instance: 1 }),
    ]
    const middle = createHttpBrowser()
    const { callbackUrl } = await startSignIn(stack, middle)
    await stack.admin.settings({ ...nothing, ...kind.accepted[kind.vaultName ? 1 : 0] })
    kind.publish(stack, 1)
    clearLines(stack)
    expect((await middle.navigate(callbackUrl)).status).toBe(200)
    for (const [instance, browser] of sessions.entries())
      expect((await refreshAt(stack, browser, instance)).status).toBe(200)
    await signIn(stack, createHttpBrowser(), { instance: 1 })
    expect(linesOf(stack, 'bff.credential.reloaded')).toHaveLength(kind.vaultName ? 2 : 0)
  })
})
