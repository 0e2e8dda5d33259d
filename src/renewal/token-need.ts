import type { WriteEvent } from '../base/events.ts'
import type { LeaseParts } from './lease.ts'
import type { RequestRenewal } from './outcome.ts'
import { type OpenSession, sessionLabel } from '../session/session.ts'

/** Which token is wanted, and which one may be used while another call renews it. */
export interface TokenNeed {
  /** Name of the API; undefined: the token of the sign-in scopes. */
  readonly upstream: string | undefined
  readonly scopes: readonly string[]
  /** JSON of the API's claims challenge. */
  readonly claims?: string | undefined
  /** Seconds since the last authentication that the API accepts, for a step-up. */
  readonly maxAge?: number | undefined
  /** Whether the API refused the token that the session had. */
  readonly replacing?: boolean
  /** Whether tokens of the API take part in continuous access evaluation. */
  readonly continuousAccess?: boolean
  /** Whether the session already has what is wanted. */
  readonly isMet: (session: OpenSession) => boolean
  /** Whether it has something that may be used while another call renews, or the provider is away. */
  readonly isUsable: (session: OpenSession) => boolean
}

/** What a renewal works with. */
export interface RenewalParts extends LeaseParts {
  readonly requestRenewal: RequestRenewal
  readonly endSession: (session: OpenSession) => Promise<void>
  readonly sessionIdleSeconds: number
  /** What the sign-in asks for: a refresh for these tells whether the grant is alive. */
  readonly signInScopes: readonly string[]
  readonly userClaims: readonly string[]
  readonly write: WriteEvent
}

/** What a log line tells of a renewal. */
export function logged(session: OpenSession, need: TokenNeed) {
  return {
    session: sessionLabel(session.at),
    userId: session.content.user.id,
    ...(need.upstream !== undefined && { upstream: need.upstream }),
  }
}

/** What the API asked for just now, else what a step-up was made for. */
export function claimsFor({ content }: OpenSession, need: TokenNeed): string | undefined {
  return need.claims ?? (content.upstreamClaims[need.upstream ?? ''] || undefined)
}
