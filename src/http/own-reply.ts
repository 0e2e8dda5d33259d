import type { Cookie, Reply } from './messages.ts'

/** What a handler of the team's own answers; Azure's `HttpResponseInit` and a `Response` both fit. */
export interface OwnAnswer {
  readonly status?: number | undefined
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  /** What a `Response` takes. */
  readonly body?: unknown
  readonly jsonBody?: unknown
  readonly cookies?: readonly object[] | undefined
}

/** The answer as one of ours: header names in lower case, the body buffered. */
export async function replyOf(answer: OwnAnswer | undefined): Promise<Reply> {
  if (answer === undefined) return { status: 204, headers: {} }
  const { jsonBody, cookies, body } = answer
  const headers = Object.fromEntries(new Headers(answer.headers))
  const reply = {
    status: answer.status ?? 200,
    // The platform writes them; of ours no more than two kinds exist.
    ...(cookies && { cookies: cookies as Cookie[] }),
  }
  if (jsonBody !== undefined)
    return {
      ...reply,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(jsonBody),
    }
  if (body === undefined || body === null) return { ...reply, headers }
  if (typeof body === 'string') return { ...reply, headers, body }
  const response = new Response(body as ConstructorParameters<typeof Response>[0])
  const type = response.headers.get('content-type')
  return {
    ...reply,
    headers: { ...(type !== null && { 'content-type': type }), ...headers },
    body: new Uint8Array(await response.arrayBuffer()),
  }
}
