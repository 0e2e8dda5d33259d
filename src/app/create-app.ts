import type { EventMembers, EventName, WriteEvent } from '../base/events.ts'
import type { OutgoingFetch } from '../outgoing/outgoing-fetch.ts'
import type { ManagedIdentityAssertion, Vault } from '../base/secrets.ts'
import { fixedSessionKeys, vaultSessionKeys } from '../keys/session-keys.ts'
import { frontEndKey } from '../keys/session-key.ts'
import type { Stores } from '../stores/ports.ts'
import { decodeSessionKey } from '../settings/formats.ts'
import type { Settings } from '../settings/settings.ts'
import type { App, Call } from './app.ts'
import { connectionsOfApis, connectionsOfProvider } from './connections.ts'
import { createFirstInMinute } from './first-in-minute.ts'
import { createRateLimiter } from './rate-limiter.ts'

/** The adapters to Azure, each loaded when it is first asked for. */
export interface Adapters {
  readonly stores: () => Promise<Stores>
  /** Only asked for where the settings name a vault. */
  readonly vault: () => Promise<Vault>
  readonly managedIdentityAssertion: ManagedIdentityAssertion
}

/** The app of an instance, and the place where lines of shared work are written. */
export interface CreatedApp {
  readonly app: App
  /** Lines about what all requests share (a key that was read again) go to the latest call. */
  readonly onCall: (call: Call) => void
}

/** Wires settings and adapters to what the endpoints use. Nothing is loaded or asked for yet. */
export function createApp(settings: Settings, adapters: Adapters): CreatedApp {
  const now = () => Date.now()
  let latest: Call | undefined
  const write: WriteEvent = (event: EventName, members?: EventMembers) =>
    latest?.write(event, members)
  const fetch = connectionsOfProvider()

  const protocol = once(() => loadProtocol(settings, adapters, { fetch, now, write }))

  const app: App = {
    settings,
    cookiePolicy: {
      loopbackPort: settings.plainHttp ? settings.publicUrl.port || '80' : undefined,
      frontEnd: settings.frontEnd.name,
      sessionSameSite: settings.sessionSameSite,
      responseMode: settings.client.responseMode,
    },
    returnToPolicy: {
      origins: settings.origins,
      authPath: settings.frontEnd.authPath,
      defaultReturnTo: settings.defaultReturnTo,
    },
    now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    stores: adapters.stores,
    sessionKeys: sessionKeysOf(settings, adapters, now, write),
    identityProvider: async () => (await protocol()).provider,
    probeCredential: async () => {
      await (await protocol()).credential.authenticate()
    },
    fetchApi: connectionsOfApis(settings.upstreams),
    renewals: new Map(),
    limiter: createRateLimiter(settings.rateLimitPerMinute, now),
    isFirstInMinute: createFirstInMinute(now),
    repeats: new Map(),
  }
  const onCall = (call: Call): void => {
    if (latest === undefined) warm(app)
    latest = call
  }
  return { app, onCall }
}

/** Loads the protocol with the identity provider, and what this app proves itself with there. */
async function loadProtocol(
  { authority, client }: Settings,
  adapters: Adapters,
  parts: {
    readonly fetch: OutgoingFetch
    readonly now: () => number
    readonly write: WriteEvent
  },
) {
  const [{ createIdentityProvider }, { createClientCredential }] = await Promise.all([
    import('../oauth/identity-provider.ts'),
    import('../oauth/credential/client-credential.ts'),
  ])
  const { fetch, now, write } = parts
  const credential = createClientCredential({
    authority,
    client,
    readSecret: async (name) => (await adapters.vault()).readSecret(name),
    readCertificate: async (name) => (await adapters.vault()).readCertificate(name),
    managedIdentityAssertion: adapters.managedIdentityAssertion,
    now,
    write,
  })
  const provider = createIdentityProvider({ authority, client, fetch, credential, now })
  return { credential, provider }
}

/**
 * Loads and asks in the background what the next requests will need. What fails here is tried again,
 * and reported, by the first request that needs it.
 */
function warm(app: App): void {
  void Promise.allSettled([
    app.stores(),
    app.sessionKeys.writing(),
    app.probeCredential(),
    app.identityProvider().then((provider) => provider.metadata()),
  ])
}

/** Runs a loader once; a loader that failed is run again. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined
      throw error
    })
    return loaded
  }
}

function sessionKeysOf(
  settings: Settings,
  adapters: Adapters,
  now: () => number,
  write: WriteEvent,
) {
  const decode = (text: string) => {
    const bytes = decodeSessionKey(text)
    return bytes && frontEndKey(bytes, settings.frontEnd.name)
  }
  if (settings.sessionKeys !== undefined)
    return fixedSessionKeys(settings.sessionKeys.map((key) => decode(key)!))
  return vaultSessionKeys({
    list: async () => (await adapters.vault()).listSecretVersions(settings.sessionKeyName),
    decode,
    now,
    readableMs:
      (settings.sessionAbsoluteSeconds + settings.loginTtlSeconds) * 1000 + bucketMarginMs,
    write,
  })
}

/** An absolute end is rounded up to the login's bucket. */
const bucketMarginMs = 5 * 60_000
