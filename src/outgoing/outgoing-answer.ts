/** Headers of an answer: as much of the web's `Headers` as is read here. */
export interface AnswerHeaders extends Iterable<readonly [string, string]> {
  /** The values of a header of that name, joined by commas; null where there is none. */
  get(name: string): string | null
}

/** The whole answer of an outgoing call: as much of the web's `Response` as is read here. */
export interface OutgoingAnswer {
  readonly status: number
  readonly headers: AnswerHeaders
  arrayBuffer(): Promise<ArrayBuffer | Uint8Array>
  text(): Promise<string>
}

/**
 * An answer that is here already. A `Response` with its `Headers` would make a stream of the body and
 * check every header again: a quarter of what a call of the token endpoint costs.
 */
export function createAnswer(
  status: number,
  pairs: Iterable<readonly [string, string]>,
  body: Uint8Array,
): OutgoingAnswer {
  return {
    status,
    headers: createHeaders(pairs),
    arrayBuffer: async () => body,
    text: async () => new TextDecoder().decode(body),
  }
}

function createHeaders(pairs: Iterable<readonly [string, string]>): AnswerHeaders {
  const joined = new Map<string, string>()
  const cookies: (readonly [string, string])[] = []
  for (const [written, value] of pairs) {
    const name = written.toLowerCase()
    // A comma may be part of one (RFC 6265 §3), so that they cannot be joined.
    if (name === 'set-cookie') cookies.push([name, value])
    const earlier = joined.get(name)
    joined.set(name, earlier === undefined ? value : `${earlier}, ${value}`)
  }
  return {
    get: (name) => joined.get(name.toLowerCase()) ?? null,
    *[Symbol.iterator]() {
      for (const each of joined) if (each[0] !== 'set-cookie') yield each
      yield* cookies
    },
  }
}
