import type { HttpResponseInit } from '@azure/functions'
import { createApp, once } from './app/create-app.ts'
import { createOpenInvocations } from './app/open-invocations.ts'
import { createHandler, createRefusingHandler } from './app/handle.ts'
import type { Invocation } from './app/start-call.ts'
import { timerHandler } from './app/timer.ts'
import { createAzureAdapters } from './azure/adapters.ts'
import { createHostStorageProbe } from './azure/host-storage.ts'
import { createHealthReady, healthLive, unhealthy } from './endpoints/health.ts'
import { type MaybeSignedIn, signedIn, type SignedInOptions } from './endpoints/signed-in.ts'
import { createSweepExpired } from './endpoints/sweep-expired.ts'
import type { FunctionTableParts } from './function-table.ts'
import type { IncomingRequest, Reply } from './http/messages.ts'
import { replyOf } from './http/own-reply.ts'
import type { Environment, FrontEnd } from './settings/front-end.ts'
import { readSettings } from './settings/settings.ts'

/** What stands behind the functions of one front end, its settings right or wrong. */
export interface BffCore extends FunctionTableParts {
  readonly handle: ReturnType<typeof createHandler>
  readonly timer: (timer: unknown, invocation: Invocation) => Promise<void>
  /** Answers a function of the team's own. */
  readonly ownFunction: (
    request: IncomingRequest,
    invocation: Invocation,
    options: SignedInOptions,
    run: (visitor: MaybeSignedIn) => Promise<HttpResponseInit>,
  ) => Promise<Reply>
}

const everyMethod = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

/** Reads the settings and wires everything; nothing is loaded or asked for yet, and nothing throws. */
export function createCore(env: Environment, frontEnd: FrontEnd): BffCore {
  const { settings, mistakes } = readSettings(env, frontEnd)
  if (settings === undefined) return createRefusingCore(mistakes, frontEnd)
  const adapters = createAzureAdapters(settings, env)
  const { app, onCall } = createApp(settings, {
    stores: once(adapters.stores),
    vault: once(adapters.vault),
    managedIdentityAssertion: adapters.managedIdentityAssertion,
  })
  const running = createOpenInvocations()
  const handle = createHandler(app, onCall, running)
  return {
    frontEnd,
    settings,
    handle,
    timer: timerHandler(createSweepExpired(app), running),
    ready: createHealthReady(app, createHostStorageProbe(env)),
    live: healthLive,
    ownFunction: (request, invocation, options, run) =>
      handle(
        (incoming, _app, call) =>
          signedIn(incoming, { app, call, options }, async (visitor) =>
            replyOf(await run(visitor)),
          ),
        { methods: everyMethod, cors: 'json', maxQueryLength: Infinity },
      )(request, invocation),
  }
}

/** Wrong settings must not throw while the app loads: the host would run on with no functions. */
function createRefusingCore(mistakes: readonly string[], frontEnd: FrontEnd): BffCore {
  const { live, ready } = unhealthy(mistakes)
  const handle = createRefusingHandler(mistakes, [live, ready])
  return {
    frontEnd,
    settings: undefined,
    handle,
    timer: async () => {},
    ready,
    live,
    ownFunction: (request, invocation) =>
      handle(async () => ({ status: 503, headers: {} }))(request, invocation),
  }
}
