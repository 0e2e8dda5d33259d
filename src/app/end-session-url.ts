import { BffError } from '../base/errors.ts'
import { randomText } from '../keys/session-key.ts'
import { createSealer } from '../keys/sealing.ts'
import type { App, Call } from './app.ts'
import { logFailure } from './log-failure.ts'

const landingMs = 10 * 60_000
/** Longer ones would not fit the query that comes back. */
const maxStateLength = 6 * 1024
const nowhere = { shard: '', bucket: '', hash: '' }

interface Landing {
  readonly returnTo: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/**
 * Where the browser signs out of the provider (OpenID Connect RP-Initiated Logout 1.0 §2), or null
 * while that cannot be known, which is logged: signing out of this app does not depend on it. The
 * returnTo travels sealed in `state`; no ID token is in the URL.
 */
export async function endSessionUrl(
  app: App,
  call: Call,
  options: { readonly returnTo: URL; readonly logoutHint: string | undefined },
): Promise<URL | null> {
  const { logoutHint } = options
  try {
    const state = await sealLanding(app, options.returnTo)
    const provider = await app.identityProvider()
    return await provider.endSessionUrl({ state, ...(logoutHint !== undefined && { logoutHint }) })
  } catch (error) {
    if (!(error instanceof BffError)) throw error
    logFailure(error, call)
    return null
  }
}

/** The returnTo of a sign-out that comes back; undefined where the state is not ours, or too old. */
export async function openLanding(app: App, state: string): Promise<string | undefined> {
  const [version, keyId, salt, sealed] = state.split('.')
  if (version !== 'v1' || !/^[0-9a-f]{8}$/.test(keyId ?? '') || !salt || !sealed) return undefined
  const key = await app.sessionKeys.find(keyId!)
  if (key === undefined) return undefined
  const text = createSealer({ key, secret: '', salt, at: nowhere }).open('logout', sealed)
  if (text === undefined) return undefined
  const landing = JSON.parse(text) as Landing
  return landing.until > app.now() ? landing.returnTo : undefined
}

async function sealLanding(app: App, returnTo: URL): Promise<string> {
  const key = await app.sessionKeys.writing()
  const salt = randomText(16)
  const landing: Landing = { returnTo: returnTo.href, until: app.now() + landingMs }
  const sealer = createSealer({ key, secret: '', salt, at: nowhere })
  const state = `v1.${key.id}.${salt}.${sealer.seal('logout', JSON.stringify(landing))}`
  return state.length > maxStateLength ? '' : state
}
