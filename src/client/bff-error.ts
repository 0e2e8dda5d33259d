/** What a refusal says beside its code: the members of its problem document, where they apply. */
export interface BffErrorDetails {
  /** HTTP status; 0 where there was no answer, absent where none was asked for. */
  readonly status?: number
  /** Finds the request in the logs. */
  readonly correlationId?: string | undefined
  /** Where the person signs in or steps up; leads back to where the call was made. */
  readonly loginUrl?: string
  /** Whole seconds to wait before the next try. */
  readonly retryAfter?: number
  readonly reason?: string
}

/**
 * A refusal of the BFF itself, by the `code` of its problem document (RFC 9457), or of the helper:
 * `unreachable` (no answer, or not one of the BFF), `login_loop`, `cookies_blocked`.
 */
export class BffError extends Error implements BffErrorDetails {
  declare readonly code: string
  declare readonly status?: number
  declare readonly correlationId?: string | undefined
  declare readonly loginUrl?: string
  declare readonly retryAfter?: number
  declare readonly reason?: string

  constructor(code: string, details: BffErrorDetails = {}) {
    super(code)
    Object.assign(this, details, { code, name: 'BffError' })
  }
}

/** Reads the problem document of an answer; anything else is not the BFF's answer: `unreachable`. */
export async function problemOf(response: Response): Promise<BffError> {
  const problem = (await response.json().catch(() => ({}))) as BffErrorDetails & { code?: string }
  return new BffError(problem.code ?? 'unreachable', {
    ...problem,
    status: response.status,
    retryAfter: +response.headers.get('retry-after')!,
  })
}
