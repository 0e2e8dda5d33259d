import type { App } from '../app.ts'
import { BffError, type ProblemCode } from '../../base/errors.ts'
import { OutgoingError, type OutgoingFailure } from '../../outgoing/outgoing-fetch.ts'
import type { OutgoingAnswer } from '../../outgoing/outgoing-answer.ts'
import type { Upstream } from '../../settings/upstreams.ts'

/** A call of an API, complete but for the token. */
export interface OutgoingCall {
  readonly upstream: Upstream
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | undefined
  /** When the request came; milliseconds since 1970. */
  readonly startedAt: number
}

const failures = {
  connect: 'upstream_unavailable',
  timeout: 'upstream_timeout',
  too_large: 'upstream_invalid',
  broken: 'upstream_invalid',
  busy: 'upstream_busy',
} as const satisfies Record<OutgoingFailure, ProblemCode>

/** The platform gives up after 230 s, whatever is still under way. */
const longestMs = 220_000

/**
 * Sends a call with the user's token, once: redirects are not followed. Throws
 * `upstream_unavailable`, `upstream_timeout`, `upstream_busy` and `upstream_invalid`, with the API's
 * name for the log.
 */
export async function send(call: OutgoingCall, token: string, app: App): Promise<OutgoingAnswer> {
  const { upstream, method, url, headers, body } = call
  const sentAt = app.now()
  const leftMs = call.startedAt + longestMs - sentAt
  try {
    return await app.fetchApi(upstream.name)(url, {
      method,
      headers: { ...headers, 'accept-encoding': codings(call), authorization: `Bearer ${token}` },
      ...(body && { body }),
      timeoutMs: Math.max(Math.min(upstream.timeoutSeconds * 1000, leftMs), 1),
      maxBytes: upstream.maxBodyBytes,
    })
  } catch (error) {
    if (!(error instanceof OutgoingError)) throw error
    throw new BffError(failures[error.kind], 'the call of the API failed', {
      ...(error.kind === 'busy' && { retryAfterSeconds: 1 }),
      dependency: {
        name: 'upstream',
        operation: upstream.name,
        durationMs: app.now() - sentAt,
      },
    })
  }
}

/** Sizes and ranges mean the body as the browser will get it. */
function codings({ method, headers }: OutgoingCall): string {
  return method === 'HEAD' || 'range' in headers ? 'identity' : 'gzip, br'
}
