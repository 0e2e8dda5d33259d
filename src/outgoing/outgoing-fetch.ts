import type { OutgoingAnswer } from './outgoing-answer.ts'

/**
 * An outgoing HTTP call, like `fetch` but bounded: redirects are never followed, the whole exchange
 * ends after `timeoutMs`, and more than `maxBytes` of body is an error. Bodies are buffered.
 * Rejects with `OutgoingError` only.
 */
export type OutgoingFetch = (
  url: string | URL,
  request?: OutgoingRequest,
) => Promise<OutgoingAnswer>

/** Method, headers and body of an outgoing call, and its bounds. */
export interface OutgoingRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
  readonly maxBytes?: number
}

/**
 * How an outgoing call failed: no connection, too slow, an answer too large, cut off midway, or not
 * begun because too many are under way.
 */
export type OutgoingFailure = 'connect' | 'timeout' | 'too_large' | 'broken' | 'busy'

/** An outgoing call without a usable answer; it names no host, no URL and no header. */
export class OutgoingError extends Error {
  override readonly name = 'OutgoingError'
  readonly kind: OutgoingFailure
  /** Whether the other side may have seen some of the request; false: it is safe to send it again. */
  readonly sent: boolean

  constructor(kind: OutgoingFailure, sent: boolean) {
    super(`the outgoing call failed: ${kind}`)
    this.kind = kind
    this.sent = sent
  }
}
