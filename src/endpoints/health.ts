import type { App } from '../app/app.ts'
import { withDeadline } from '../base/deadline.ts'
import { toBffError } from '../app/log-failure.ts'
import type { Reply } from '../http/messages.ts'
import { json, retryAfter } from '../http/replies.ts'

const checkAgainMs = 5_000
const checkTimeoutMs = 3_000

type Check = { readonly status: 'pass' } | { readonly status: 'fail'; readonly code: string }
interface Readiness {
  readonly status: 'pass' | 'fail'
  readonly checks: Readonly<Record<string, Check>>
}

/** `GET /health/live`: the functions run and their settings are right. */
export async function healthLive(): Promise<Reply> {
  return json({ status: 'pass' })
}

/**
 * `GET /health/ready`: asks Table Storage, the credential, the session key, discovery and, where it
 * has one, the blob storage of the host, at most every 5 s and 3 s each, and names what fails by our
 * own codes. No hosts, no texts from outside.
 */
export function createHealthReady(
  app: App,
  hostStorage: (() => Promise<void>) | undefined,
): () => Promise<Reply> {
  let last: { readonly at: number; readonly readiness: Promise<Readiness> } | undefined
  return async () => {
    if (last === undefined || app.now() - last.at >= checkAgainMs)
      last = { at: app.now(), readiness: checkAll(app, hostStorage) }
    return readinessReply(await last.readiness)
  }
}

/** The answers of an app whose settings are wrong: names and rules, never values. */
export function unhealthy(mistakes: readonly string[]) {
  const settings = { status: 'fail', code: 'configuration_error', mistakes }
  return {
    live: async (): Promise<Reply> => ({
      ...json({ status: 'fail' }),
      status: 503,
    }),
    ready: async (): Promise<Reply> => ({
      ...json({ status: 'fail', checks: { settings } }),
      status: 503,
    }),
  }
}

async function checkAll(
  app: App,
  hostStorage: (() => Promise<void>) | undefined,
): Promise<Readiness> {
  const probes: Record<string, () => Promise<unknown>> = {
    tables: async () => (await app.stores()).probe(),
    credential: () => app.probeCredential(),
    sessionKey: () => app.sessionKeys.writing(),
    discovery: async () => (await app.identityProvider()).metadata(),
    ...(hostStorage && { hostStorage }),
  }
  const results = await Promise.all(
    Object.entries(probes).map(async ([name, probe]): Promise<[string, Check]> => [
      name,
      await check(name, probe),
    ]),
  )
  const checks = { settings: { status: 'pass' } as const, ...Object.fromEntries(results) }
  const failed = results.some(([, { status }]) => status === 'fail')
  return { status: failed ? 'fail' : 'pass', checks }
}

async function check(name: string, probe: () => Promise<unknown>): Promise<Check> {
  const answer = async (): Promise<Check> => {
    try {
      await probe()
      return { status: 'pass' }
    } catch (error) {
      return { status: 'fail', code: toBffError(error).code }
    }
  }
  return withDeadline(checkTimeoutMs, answer, () => ({
    status: 'fail',
    code: slowCodes[name] ?? 'server_error',
  }))
}

const slowCodes: Readonly<Record<string, string>> = {
  tables: 'storage_unavailable',
  credential: 'vault_unavailable',
  sessionKey: 'vault_unavailable',
  discovery: 'identity_provider_unavailable',
  hostStorage: 'storage_unavailable',
}

function readinessReply(readiness: Readiness): Reply {
  const status = readiness.status === 'pass' ? 200 : 503
  const reply = json(readiness)
  return { ...reply, status, headers: { ...reply.headers, ...retryAfter(status) } }
}
