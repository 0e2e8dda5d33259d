import { createHash } from 'node:crypto'
import { startDemoApi } from '../../dev/demo-api/demo-api.ts'
import { demoApi as demoApiSettings } from '../../dev/entra/defaults.ts'
import type { LogEntry } from '../../dev/entra/log-entry.ts'
import { type RecorderUpstream, startRecorderUpstream } from '../support/recorder-upstream.ts'
import { sharedStackTest } from '../support/stack-test.ts'
import { type Stack, type StackOptions, startStack } from '../support/stack.ts'

/** A stack with APIs behind it. */
export interface ProxyStack extends Stack {
  /** The API `demo`, at `/base/`; `limited`, `write` and `cae` are the same one. */
  readonly recorder: RecorderUpstream
  /** The API `graph`, another resource. */
  readonly graph: RecorderUpstream
  /** The settings that name them, for instances that are started anew. */
  readonly upstreams: Readonly<Record<string, string>>
  /** Token requests that reached the provider since the last call of this. */
  tokenRequests(): Promise<LogEntry[]>
}

/** Starts a stack with two recorders and the demo API, which checks its tokens as a real one does. */
async function startProxyStack(options: StackOptions = {}): Promise<ProxyStack> {
  const [recorder, graph] = await Promise.all([startRecorderUpstream(), startRecorderUpstream()])
  // The first settings name no API: the demo API has to know the provider, which starts with the stack.
  const stack = await startStack(options)
  const { origin, tenantId } = stack.entra
  const api = await startDemoApi({
    issuer: `${origin}/${tenantId}/v2.0`,
    jwksUri: `${origin}/${tenantId}/discovery/v2.0/keys`,
    audience: demoApiSettings.audience,
  })
  const scopes = ['api://entra-bff-demo/access_as_user']
  const url = `${recorder.origin}/base`
  const upstreams = {
    demo: { url, scopes, timeoutSeconds: 5, maxBodyBytes: 65_536 },
    limited: { url, scopes, methods: ['GET'], paths: ['me', 'users/list'] },
    slow: { url, scopes, timeoutSeconds: 1 },
    write: { url, scopes: ['api://entra-bff-demo/Orders.Write'] },
    cae: { url, scopes, continuousAccess: true },
    gone: { url: 'http://127.0.0.1:1/', scopes },
    graph: { url: graph.origin, scopes: ['https://graph.microsoft.com/User.Read'] },
    real: { url: api.origin, scopes },
  }
  const settings = { UPSTREAMS: JSON.stringify(upstreams) }
  await stack.restart(settings)
  return {
    ...stack,
    recorder,
    graph,
    upstreams: settings,
    async tokenRequests() {
      const requests = await stack.admin.requests({ kind: 'token' })
      await stack.admin.clearRequests()
      return requests
    },
    async stop() {
      await stack.stop()
      await Promise.all([recorder.stop(), graph.stop(), api.stop()])
    },
  }
}

/** `test` with a `stack` that has APIs behind it. */
export function proxyTest(options: StackOptions = {}) {
  return sharedStackTest(() => startProxyStack(options))
}

/** The token that a call carried, as the provider's log names it. */
export function tokenHash(authorization: string | undefined): string {
  return createHash('sha256')
    .update(/^Bearer (\S+)$/.exec(authorization ?? '')?.[1] ?? '')
    .digest('hex')
}
