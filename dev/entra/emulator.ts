import { listenOnLoopback } from '../loopback-server.ts'
import { createKeptState } from './kept-state.ts'
import { createKeyRing } from './keys.ts'
import { entraListener } from './server.ts'
import { edit } from './signed-token.ts'
import { defaultSettings, type EntraSettings } from './settings.ts'
import { createState, type EmulatorState } from './state.ts'

/** How an emulator differs from {@link defaultSettings}. */
export interface EntraEmulatorOptions extends Partial<EntraSettings> {
  /** Default 0: a free one. It listens on 127.0.0.1 only. */
  port?: number
  /** Where users, grants, sign-ins and keys are kept; in memory where it is absent. */
  directory?: string
}

/** A running Entra emulator. */
export interface EntraEmulator {
  /** `http://127.0.0.1:PORT`: the authority host. */
  readonly origin: string
  readonly tenantId: string
  readonly clientId: string
  /** How many people are signed in to it, in whatever browser. */
  signedIn(): number
  /** Changes settings from now on and for every reset; the port cannot change. */
  configure(change: Partial<EntraEmulatorOptions>): void
  /** Ends every connection, hanging ones included. */
  stop(): Promise<void>
}

/**
 * Starts an Entra ID emulator: the v2.0 endpoints of one tenant with test users, the pages, a sign-in
 * log, faults, an admin API under `/_admin`, and App Service's managed identity endpoint `/msi/token`.
 */
export async function startEntraEmulator(
  options: EntraEmulatorOptions = {},
): Promise<EntraEmulator> {
  const { port = 0, directory, ...settings } = options
  const kept = directory === undefined ? undefined : createKeptState(directory)
  const keys = await createKeyRing()
  const holder: { state?: EmulatorState } = {}
  const listener = entraListener(
    () => {
      if (holder.state === undefined) throw new Error('the emulator has not started')
      return holder.state
    },
    (changed) => kept?.save(changed),
  )
  const server = await listenOnLoopback(listener, port)
  const { origin } = server
  const state = createState(origin, { ...defaultSettings(), ...structuredClone(settings) }, keys)
  try {
    kept?.restore(state)
  } catch (error) {
    await server.stop()
    throw error
  }
  kept?.save(state)
  holder.state = state
  return {
    origin,
    get tenantId() {
      return state.settings.tenantId
    },
    get clientId() {
      return state.settings.clientId
    },
    signedIn: () =>
      new Set(
        [...state.browsers.values()].flatMap(({ sessions }) => sessions.map(({ oid }) => oid)),
      ).size,
    configure(change) {
      const settings = edit({ ...change }, {}, ['port', 'directory'])
      Object.assign(state.settings, structuredClone(settings))
      Object.assign(state.configured, structuredClone(settings))
    },
    stop: () => server.stop(),
  }
}
