import { boundCalls, type CallBounds } from '../outgoing/bounded-fetch.ts'
import type { OutgoingFetch } from '../outgoing/outgoing-fetch.ts'
import type { Settings } from '../settings/settings.ts'
import type { App } from './app.ts'

/** So many token requests at once are a crowd that signs in; the others wait for their turn. */
const providerCalls: CallBounds = { atOnce: 64, waiting: 1_000, waitMs: 5_000 }
/** A plan allows an instance about 600 connections in all; storage and provider need theirs. */
const apiConnections = 400

/** The connections to the identity provider: no API can use them up. */
export function connectionsOfProvider(): OutgoingFetch {
  return ownConnections(providerCalls)
}

/**
 * Each API has a share of the connections to itself: a slow one is full by itself, and answers so at
 * once, while the others go on.
 */
export function connectionsOfApis(upstreams: Settings['upstreams']): App['fetchApi'] {
  const share = Math.floor(apiConnections / Math.max(upstreams.length, 1))
  const atOnce = Math.min(Math.max(share, 8), 100)
  const bounds = { atOnce, waiting: Math.ceil(atOnce / 2), waitMs: 1_000 }
  const clients = new Map(upstreams.map(({ name }) => [name, ownConnections(bounds)]))
  return (name) => clients.get(name)!
}

/** A client that is loaded at its first call. */
function ownConnections(bounds: CallBounds): OutgoingFetch {
  let client: Promise<OutgoingFetch> | undefined
  const load = async () =>
    boundCalls((await import('../outgoing/http-client.ts')).createHttpClient(), bounds)
  return async (url, request) => (await (client ??= load()))(url, request)
}
