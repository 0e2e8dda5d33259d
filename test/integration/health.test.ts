import { describe, expect } from 'vitest'
import { listenOnLoopback } from '../../dev/loopback-server.ts'
import { type BrowserReply, createHttpBrowser } from '../support/http-browser.ts'
import { stackTest } from '../support/stack-test.ts'
import type { Stack } from '../support/stack.ts'

const test = stackTest()

function send(stack: Stack, method: string, path: string, headers: Record<string, string> = {}) {
  return createHttpBrowser().send(stack.url(path), { method, headers })
}

describe('health', () => {
  const ready = (stack: Stack): Promise<BrowserReply> => send(stack, 'GET', '/health/ready')
  const pass = { status: 'pass' }
  const healthy = {
    status: 'pass',
    checks: { settings: pass, tables: pass, credential: pass, sessionKey: pass, discovery: pass },
  }

  test('live and ready say so, HEAD without a body', async ({ stack }) => {
    const live = await send(stack, 'GET', '/health/live')
    expect([live.status, live.json()]).toEqual([200, pass])
    const reply = await ready(stack)
    expect([reply.status, reply.json()]).toEqual([200, healthy])
    for (const path of ['/health/live', '/health/ready']) {
      const head = await send(stack, 'HEAD', path)
      expect([head.status, head.text]).toEqual([200, ''])
    }
  })

  test('ready asks at most every 5 s', async ({ stack }) => {
    await stack.advance(6)
    await ready(stack)
    stack.storage.reset()
    stack.vault.resetCalls()
    await Promise.all([ready(stack), ready(stack), ready(stack)])
    expect(stack.storage.counts()).toEqual({})
    await stack.advance(6)
    await ready(stack)
    expect(stack.storage.counts()).toEqual({
      'GET signIns': 1,
      'GET sessions': 1,
      'GET sessionIndex': 1,
    })
  })

  const outages: [string, (stack: Stack) => unknown, Record<string, unknown>][] = [
    [
      'storage refusing',
      (stack) => stack.storage.rules.add({ action: 'status', status: 403 }),
      { tables: 'storage_unavailable' },
    ],
    [
      'storage hanging',
      (stack) => stack.storage.rules.add({ action: 'hang' }),
      { tables: 'storage_unavailable' },
    ],
    [
      'the vault down',
      (stack) => stack.vault.setFault({ kind: 'down' }),
      { credential: 'vault_unavailable', sessionKey: 'vault_unavailable' },
    ],
    [
      'the vault forbidding',
      (stack) => stack.vault.setFault({ kind: 'forbidden' }),
      { credential: 'configuration_error', sessionKey: 'configuration_error' },
    ],
    [
      'the vault hanging',
      (stack) => stack.vault.setFault({ kind: 'hang' }),
      { credential: 'vault_unavailable', sessionKey: 'vault_unavailable' },
    ],
    [
      'the provider failing',
      (stack) => stack.admin.fault('discovery_down', null),
      { discovery: 'identity_provider_unavailable' },
    ],
    [
      'the provider hanging',
      (stack) => stack.admin.fault('discovery_hang', null),
      { discovery: 'identity_provider_unavailable' },
    ],
    [
      'another issuer',
      (stack) => stack.admin.fault('discovery_wrong_issuer', null),
      { discovery: 'configuration_error' },
    ],
  ]
  test.for(outages)(
    'ready names %s, without hosts or texts, and heals',
    async ([, fail, codes], { stack }) => {
      await fail(stack)
      await stack.restart()
      const reply = await ready(stack)
      const failed = Object.fromEntries(
        Object.entries(codes).map(([name, code]) => [name, { status: 'fail', code }]),
      )
      expect([reply.status, reply.json()]).toEqual([
        503,
        { status: 'fail', checks: { ...healthy.checks, ...failed } },
      ])
      expect(Number(reply.headers['retry-after'])).toBeGreaterThan(0)
      expect((await send(stack, 'GET', '/health/live')).status).toBe(200)
      stack.storage.rules.clear()
      stack.vault.setFault(undefined)
      await stack.admin.clearFaults()
      // A call that hangs is shared by all until its own time is up.
      const again = async () => {
        await stack.advance(6)
        return (await ready(stack)).json()
      }
      await expect.poll(again, { timeout: 20_000 }).toEqual(healthy)
    },
  )
})

describe('the blob storage of the host [O-04]', () => {
  const pass = { status: 'pass' }
  const fail = { status: 'fail', code: 'storage_unavailable' }

  test('ready says whether it answers at all; sign-in does not ask', async ({ stack }) => {
    let answer = 409
    const blobs = await listenOnLoopback((request, response) => {
      if (answer !== 0) response.writeHead(answer).end()
      else request.socket.destroy()
    })
    const hostStorage = async () => {
      await stack.advance(6)
      const reply = await send(stack, 'GET', '/health/ready')
      return [reply.status, reply.json<{ checks: { hostStorage?: object } }>().checks.hostStorage]
    }
    try {
      expect(await hostStorage()).toEqual([200, undefined])
      await stack.restart({ AzureWebJobsStorage__blobServiceUri: `${blobs.origin}/` })
      // Refused without a credential is an answer.
      expect(await hostStorage()).toEqual([200, pass])
      for (answer of [503, 0]) {
        expect(await hostStorage()).toEqual([503, fail])
        const login = await send(stack, 'GET', '/auth/login?returnTo=/')
        expect(login.status).toBe(302)
      }
      answer = 403
      expect(await hostStorage()).toEqual([200, pass])
    } finally {
      await blobs.stop()
      await stack.restart()
    }
  })
})
