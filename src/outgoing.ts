/**
 * An outgoing HTTP call, like `fetch` but bounded: redirects are never followed, the whole exchange
 * ends after `timeoutMs`, and more than `maxBytes` of body is an error. Bodies are buffered.
 */
export type OutgoingFetch = (url: string | URL, request?: OutgoingRequest) => Promise<Response>

/** Method, headers and body of an outgoing call, and its bounds. */
export interface OutgoingRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
  readonly maxBytes?: number
}
