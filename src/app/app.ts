import type { WriteEvent } from '../base/events.ts'
import type { CookiePolicy } from '../http/cookies.ts'
import type { IncomingRequest, Reply } from '../http/messages.ts'
import type { ReturnToPolicy } from '../http/return-to.ts'
import type { IdentityProvider } from '../oauth/identity-provider.ts'
import type { OutgoingFetch } from '../outgoing/outgoing-fetch.ts'
import type { SessionKeys } from '../keys/session-keys.ts'
import type { OpenSession } from '../session/session.ts'
import type { Stores } from '../stores/ports.ts'
import type { Settings } from '../settings/settings.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** What an endpoint may use; made once per instance. It holds no session and no token. */
export interface App {
  readonly settings: Settings
  /** How the cookies of this deployment look. */
  readonly cookiePolicy: CookiePolicy
  /** Where a person of this deployment may be sent. */
  readonly returnToPolicy: ReturnToPolicy
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** Loaded at first use: no Azure SDK is in the entry of the bundle. */
  readonly stores: () => Promise<Stores>
  readonly sessionKeys: SessionKeys
  readonly identityProvider: () => Promise<IdentityProvider>
  /** Proves that the client credential can be had. */
  readonly probeCredential: () => Promise<void>
  /** Calls an API by its name, over connections of its own. */
  readonly fetchApi: (name: string) => OutgoingFetch
  readonly limiter: RateLimiter
  /** Whether a line about this was not yet written for the address within a minute. */
  readonly isFirstInMinute: (what: string, address: string | undefined) => boolean
  /** Renewals under way in this instance. */
  readonly renewals: Map<string, Promise<void>>
  /** Repeated callbacks of this instance that wait for the first one, by login. */
  readonly repeats: Map<string, AwaitedSignIn>
}

/** A sign-in that is under way, and the callbacks that wait for its session together. */
export interface AwaitedSignIn {
  callers: number
  readonly session: Promise<OpenSession>
}

/** One invocation. */
export interface Call {
  /** 32 lower-case hex digits. */
  readonly correlationId: string
  /** Undefined where no proxy names the client: locally. */
  readonly clientAddress: string | undefined
  readonly write: WriteEvent
}

/** Answers one request; a `BffError` that it throws becomes a problem document. */
export type Endpoint = (request: IncomingRequest, app: App, call: Call) => Promise<Reply>
